import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  DeleteConfigurationSetCommand,
  DeleteConfigurationSetEventDestinationCommand,
  type EventDestinationDefinition,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  ListConfigurationSetsCommand,
  PutConfigurationSetSendingOptionsCommand,
  UpdateConfigurationSetEventDestinationCommand,
} from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure } from "./fixture.ts";

const ConfigurationSetName = "main";

describe("configuration sets", () => {
  it("are made, shown, listed and deleted", async () => {
    const { client, send } = await createFixture();
    await client.send(
      new CreateConfigurationSetCommand({
        ConfigurationSetName: "second",
        SuppressionOptions: { SuppressedReasons: ["COMPLAINT"] },
        Tags: [{ Key: "k", Value: "v" }],
      }),
    );
    expect(await client.send(new GetConfigurationSetCommand({ ConfigurationSetName: "second" }))).toMatchObject({
      ConfigurationSetName: "second",
      SendingOptions: { SendingEnabled: true },
      SuppressionOptions: { SuppressedReasons: ["COMPLAINT"] },
      Tags: [{ Key: "k", Value: "v" }],
    });
    const list = await client.send(new ListConfigurationSetsCommand({ PageSize: 1 }));
    expect(list.ConfigurationSets).toEqual(["main"]);
    const next = await client.send(new ListConfigurationSetsCommand({ PageSize: 1, NextToken: list.NextToken }));
    expect(next.ConfigurationSets).toEqual(["second"]);
    await client.send(new DeleteConfigurationSetCommand({ ConfigurationSetName }));
    expect(await failure(send())).toMatchObject({ name: "NotFoundException", status: 404 });
  });

  it("can be paused", async () => {
    const { client, send } = await createFixture();
    const pause = (SendingEnabled: boolean) =>
      client.send(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName, SendingEnabled }));
    await pause(false);
    expect(await failure(send())).toMatchObject({ name: "SendingPausedException", status: 400 });
    await pause(true);
    await send();
  });

  it("publish the types an enabled destination asks for, and nothing once it is gone", async () => {
    const { client, topicArn, send, control, events, received } = await createFixture();
    const update = (EventDestination: EventDestinationDefinition) =>
      client.send(
        new UpdateConfigurationSetEventDestinationCommand({
          ConfigurationSetName,
          EventDestinationName: "feedback",
          EventDestination,
        }),
      );
    const SnsDestination = { TopicArn: topicArn };
    await update({ Enabled: true, MatchingEventTypes: ["DELIVERY"], SnsDestination });
    await send();
    expect((await events(1)).map(({ eventType }) => eventType)).toEqual(["Delivery"]);
    await update({ Enabled: false, MatchingEventTypes: ["SEND"], SnsDestination });
    expect(
      (await client.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }))).EventDestinations,
    ).toEqual([{ Name: "feedback", Enabled: false, MatchingEventTypes: ["SEND"], SnsDestination }]);
    await send();
    await client.send(
      new DeleteConfigurationSetEventDestinationCommand({ ConfigurationSetName, EventDestinationName: "feedback" }),
    );
    await send();
    expect(control.pending()).toBe(0);
    expect(received()).toHaveLength(1);
  });

  it("fail as AWS has them fail", async () => {
    const { client, topicArn } = await createFixture({ limits: { configurationSets: 2 } });
    const create = (name: string) =>
      failure(client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: name })));
    expect(await create("main")).toMatchObject({ name: "AlreadyExistsException" });
    await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "b" }));
    expect(await create("c")).toMatchObject({ name: "LimitExceededException" });
    const SnsDestination = { TopicArn: topicArn };
    const definition: EventDestinationDefinition = { MatchingEventTypes: ["SEND"], SnsDestination };
    const add = (set: string, EventDestinationName: string, EventDestination = definition) => {
      const input = { ConfigurationSetName: set, EventDestinationName, EventDestination };
      return client.send(new CreateConfigurationSetEventDestinationCommand(input));
    };
    expect(await failure(add("none", "d"))).toMatchObject({ name: "NotFoundException" });
    expect(await failure(add("main", "feedback"))).toMatchObject({ name: "AlreadyExistsException" });
    expect(await failure(add("main", "d", { MatchingEventTypes: ["SEND"] }))).toMatchObject({
      name: "BadRequestException",
    });
    expect(await failure(add("main", "d", { SnsDestination }))).toMatchObject({ name: "BadRequestException" });
    for (let n = 1; n < 10; n += 1) await add("main", `d${n}`);
    expect(await failure(add("main", "d10"))).toMatchObject({ name: "LimitExceededException" });
    const missing = { ConfigurationSetName, EventDestinationName: "none" };
    const remove = client.send(new DeleteConfigurationSetEventDestinationCommand(missing));
    expect(await failure(remove)).toMatchObject({ name: "NotFoundException" });
    const get = client.send(new GetConfigurationSetCommand({ ConfigurationSetName: "none" }));
    expect(await failure(get)).toMatchObject({ name: "NotFoundException" });
  });
});
