// npm genkit@1.42.0 @genkit-ai/compat-oai@1.42.0 @opentelemetry/exporter-trace-otlp-proto@0.52.1 @opentelemetry/sdk-trace-base@1.25.1
// Genkit: text, a stream, a tool in a flow, an object, embeddings, a retriever, a failing call.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openAI } from "@genkit-ai/compat-oai/openai";
import { genkit, z } from "genkit";
import { enableTelemetry, flushTracing } from "genkit/tracing";

await enableTelemetry({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
const ai = genkit({
  plugins: [openAI({ apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 })],
  model: "openai/gpt-4o-mini",
});
const weather = ai.defineTool(
  {
    name: "get_weather",
    description: "The weather in a city.",
    inputSchema: z.object({ city: z.string() }),
    outputSchema: z.string(),
  },
  async ({ city }) => (city === "Paris" ? "sunny, 21 degrees" : "rain, 8 degrees"),
);
const shelf = ai.defineRetriever({ name: "shelf" }, async () => ({
  documents: [{ content: [{ text: "Oslo is the capital of Norway." }], metadata: { id: "doc-1" } }],
}));
const assistant = ai.defineFlow(
  { name: "assistant", inputSchema: z.string(), outputSchema: z.string() },
  async (question) => {
    const found = await ai.retrieve({ retriever: shelf, query: question });
    const { text } = await ai.generate({ prompt: question, tools: [weather], docs: found });
    return text;
  },
);
const scenes = {
  text: () =>
    ai.generate({ system: "Answer shortly.", prompt: "What is the capital of France?", config: { temperature: 0 } }),
  stream: async () => {
    const { stream, response } = ai.generateStream("Count to three.");
    for await (const _ of stream);
    await response;
  },
  flow: () => assistant("What is the weather in Paris and Oslo?"),
  object: () =>
    ai.generate({ prompt: "Say it as JSON.", output: { schema: z.object({ answer: z.string() }) } }),
  embed: () => ai.embed({ embedder: "openai/text-embedding-3-small", content: "Paris" }),
  failing: () => ai.generate("please fail"),
};
for (const [name, scene] of Object.entries(scenes)) {
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 200));
  }
}
await flushTracing();
setTimeout(() => process.exit(0), 500);
