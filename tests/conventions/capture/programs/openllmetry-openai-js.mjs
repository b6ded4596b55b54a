// npm openai@5.23.2 @traceloop/instrumentation-openai @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/instrumentation@0.205.0
// OpenAI's SDK for Node under OpenLLMetry.
import { createRequire } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { OpenAIInstrumentation } from "@traceloop/instrumentation-openai";
const provider = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const OpenAI = createRequire(import.meta.url)("openai");
const instrumentation = new OpenAIInstrumentation();
instrumentation.manuallyInstrument(OpenAI.OpenAI ?? OpenAI);
instrumentation.setTracerProvider?.(provider);
const client = new OpenAI.OpenAI({ apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
const tools = [{ type: "function", function: { name: "get_weather", description: "The weather in a city.", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
const chat = (content, more = {}) =>
  client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "system", content: "Answer shortly." }, { role: "user", content }], ...more });
const scenes = {
  chat: () => chat("What is the capital of France?", { temperature: 0 }),
  stream: async () => {
    for await (const _ of await chat("Count to three.", { stream: true, stream_options: { include_usage: true } }));
  },
  tools: async () => {
    const messages = [{ role: "user", content: "What is the weather? city: Paris" }];
    const first = (await client.chat.completions.create({ model: "gpt-4o-mini", messages, tools })).choices[0].message;
    messages.push(first, { role: "tool", tool_call_id: first.tool_calls[0].id, content: "sunny, 21 degrees" });
    await client.chat.completions.create({ model: "gpt-4o-mini", messages, tools });
  },
  embed: () => client.embeddings.create({ model: "text-embedding-3-small", input: ["Paris", "Oslo"] }),
  failing: () => chat("please fail"),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 200));
  }
}
await provider.shutdown();
