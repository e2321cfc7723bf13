/** The whole installation: `npx sst deploy --stage production`. One noun a file in `infra/`, in the order of need. */
export default $config({
  app(input) {
    const isPermanent = ["production", "staging"].includes(input.stage);
    return {
      name: "posthouse",
      home: "aws",
      removal: isPermanent ? "retain-all" : "remove",
      protect: isPermanent,
      providers: { aws: "7.20.0" },
    };
  },
  async run() {
    const { apiUrl } = await import("./infra/api");
    await import("./infra/mail");
    const { records } = await import("./infra/dns");
    await import("./infra/schedule");
    await import("./infra/dashboard");
    return { url: apiUrl, records };
  },
});
