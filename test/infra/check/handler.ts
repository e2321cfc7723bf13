import { functions } from "../stack.ts";
import type { Check } from "./check.ts";

/** Every handler is an export of a file in `functions/`, every file there is deployed, and all of it as it was tested. */
export const handler: Check = ({ stack, bundles }) => {
  const deployed = functions(stack).flatMap(({ name, file, resource: { inputs } }) => {
    const exported =
      stack.builds
        .find((build) => build.name === name)
        ?.handler.split(".")
        .at(-1) ?? "";
    const code = bundles.find((bundle) => bundle.file === file);
    return [
      ...(code?.exports.includes(exported) ? [] : [`${name} has the handler ${file}.${exported}, which is nowhere`]),
      ...(inputs["runtime"] === "nodejs24.x" ? [] : [`${name} does not run on Node 24`]),
      ...(JSON.stringify(inputs["architectures"]) === '["arm64"]' ? [] : [`${name} does not run on arm64`]),
      ...(file === "api" && Number(inputs["timeout"]) >= 30 ? ["the API answers after its gateway has given up"] : []),
    ];
  });
  const idle = bundles
    .filter(({ file }) => !functions(stack).some((one) => one.file === file))
    .map(({ file }) => `functions/${file}.ts is not deployed`);
  const isSplit = stack.builds.every(({ nodejs }) => nodejs["splitting"] === true);
  return [...deployed, ...idle, ...(isSplit ? [] : ["bundles are not split, as ports are loaded late"])];
};
