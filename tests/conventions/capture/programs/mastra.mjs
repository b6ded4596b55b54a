// npm @mastra/core@1.71.0 @mastra/observability@1.17.9 @mastra/otel-exporter@1.4.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @ai-sdk/openai@3 zod@4
// Mastra: an agent with a tool and a conversation, a stream, an object, a workflow of steps, a failing call.
import { createOpenAI } from "@ai-sdk/openai";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { Observability } from "@mastra/observability";
import { OtelExporter } from "@mastra/otel-exporter";
import { z } from "zod";

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const model = openai.chat("gpt-4o-mini");
const get_weather = createTool({
  id: "get_weather",
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: z.object({ weather: z.string() }),
  execute: async () => ({ weather: "sunny, 21 degrees" }),
});
const agentOf = (name, more = {}) =>
  new Agent({ id: name, name, instructions: "You know the weather.", model, maxRetries: 0, ...more });
const look = createStep({
  id: "look",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: z.object({ weather: z.string() }),
  execute: async () => ({ weather: "rain, 8 degrees" }),
});
const tell = createStep({
  id: "tell",
  inputSchema: z.object({ weather: z.string() }),
  outputSchema: z.object({ text: z.string() }),
  execute: async ({ inputData, mastra, tracingContext }) => {
    const made = await mastra.getAgent("counter").generate(`Say it: ${inputData.weather}`, { tracingContext });
    return { text: made.text };
  },
});
const report = createWorkflow({
  id: "report",
  inputSchema: z.object({ city: z.string() }),
  outputSchema: z.object({ text: z.string() }),
})
  .then(look)
  .then(tell)
  .commit();
const exporter = new OtelExporter({
  provider: {
    custom: { endpoint: `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`, protocol: "http/protobuf" },
  },
});
const observability = new Observability({
  configs: { otel: { serviceName: process.env.OTEL_SERVICE_NAME, exporters: [exporter] } },
});
const mastra = new Mastra({
  agents: { weatherman: agentOf("weatherman", { tools: { get_weather } }), counter: agentOf("counter") },
  workflows: { report },
  observability,
  logger: false,
});
const tracingOptions = { metadata: { sessionId: "session-1", userId: "user-1" }, tags: ["demo"] };
const scenes = {
  agent: () =>
    mastra.getAgent("weatherman").generate("What is the weather? city: Paris", { tracingOptions, modelSettings: { temperature: 0 } }),
  stream: async () => {
    const made = await mastra.getAgent("counter").stream("Count to three.", { tracingOptions });
    for await (const _ of made.textStream);
  },
  object: () =>
    mastra.getAgent("counter").generate("Say it as JSON.", {
      structuredOutput: { schema: z.object({ answer: z.string() }) },
    }),
  workflow: async () => {
    const run = await mastra.getWorkflow("report").createRun();
    return run.start({ inputData: { city: "Oslo" } });
  },
  failing: () => mastra.getAgent("counter").generate("please fail"),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 300));
  }
}
await observability.shutdown?.();
await mastra.shutdown?.();
setTimeout(() => process.exit(0), 1000);
