// npm llamaindex@0.12.1 @llamaindex/openai@0.4.23 @llamaindex/workflow zod@3 @traceloop/instrumentation-llamaindex@0.27.0 @traceloop/instrumentation-openai@0.27.0 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0 @opentelemetry/context-async-hooks@2.1.0 @opentelemetry/instrumentation@0.205.0
// LlamaIndex for Node under OpenLLMetry: chats, a stream, a question to an index; ONLY names the scenes.
import { createRequire } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
const require = createRequire(import.meta.url);
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const li = require("llamaindex");
const lo = require("@llamaindex/openai");
const { LlamaIndexInstrumentation } = await import("@traceloop/instrumentation-llamaindex");
const i = new LlamaIndexInstrumentation(); i.setTracerProvider(provider); i.manuallyInstrument(li, lo);
const llm = new lo.OpenAI({ model: "gpt-4o-mini", apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0, temperature: 0 });
const odd = new lo.OpenAI({ model: "gpt-4o-mini", apiKey: "local", baseURL: `${process.env.ODD}/v1`, maxRetries: 0 });
li.Settings.llm = llm;
li.Settings.embedModel = new lo.OpenAIEmbedding({ model: "text-embedding-3-small", apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
const ask = (n) => [{ role: "system", content: "Answer shortly." }, { role: "user", content: `Where is Oslo? odd:${n}` }];
const scenes = {
  chat: () => llm.chat({ messages: [{ role: "system", content: "Answer shortly." }, { role: "user", content: "What is the capital of France?" }] }),
  complete: () => llm.complete({ prompt: "What is the capital of Peru?" }),
  stream: async () => { for await (const _ of await llm.chat({ messages: [{ role: "user", content: "Count to three." }], stream: true })); },
  rag: async () => { const index = await li.VectorStoreIndex.fromDocuments([new li.Document({ text: "Oslo is the capital of Norway.", id_: "doc-1" })]); const r = await index.asQueryEngine().query({ query: "What is the capital of Norway?" }); return r.toString(); },
  tools: () => odd.chat({ messages: ask("tools"), tools: [li.tool?.({ name: "get_weather", description: "w", parameters: require("zod").z.object({ city: require("zod").z.string() }), execute: () => "sunny" })].filter(Boolean) }),
  filter: () => odd.chat({ messages: ask("filter") }),
  reasoned: () => odd.chat({ messages: ask("reasoned") }),
  failing: () => llm.chat({ messages: [{ role: "user", content: "please fail" }] }),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 9000))]); }
  catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await new Promise((d) => setTimeout(d, 300));
await provider.shutdown();
process.exit(0);
