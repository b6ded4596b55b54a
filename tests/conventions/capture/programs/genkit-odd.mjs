// npm genkit@1.42.0 @genkit-ai/compat-oai@1.42.0 @genkit-ai/google-genai@1.42.0 @genkit-ai/anthropic @opentelemetry/exporter-trace-otlp-proto@0.52.1 @opentelemetry/sdk-trace-base@1.25.1
// Genkit: Gemini beside OpenAI, tools that fail, flows in flows, rare answers; ONLY names the scenes.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openAI } from "@genkit-ai/compat-oai/openai";
import { googleAI } from "@genkit-ai/google-genai";
import { genkit, z } from "genkit";
import { enableTelemetry, flushTracing } from "genkit/tracing";
await enableTelemetry({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
const opts = { apiKey: "local", baseURL: `${process.env.ODD}/v1`, maxRetries: 0 };
const ai = genkit({ plugins: [openAI({ apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 }), googleAI({ apiKey: "local", baseUrl: process.env.ODD })], model: "openai/gpt-4o-mini" });
const strange = genkit({ plugins: [openAI(opts)], model: "openai/gpt-4o-mini" });
const define = (g) => g.defineTool({ name: "get_weather", description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), outputSchema: z.any() }, async ({ city }) => { if (city === "Oslo") throw new Error("no station in Oslo"); return { weather: `sunny in ${city}` }; });
const weather = define(ai), odd_weather = define(strange);
const shelf = ai.defineRetriever({ name: "shelf" }, async () => ({ documents: [{ content: [{ text: "Oslo is the capital of Norway." }], metadata: { id: "doc-1" } }] }));
const broken = ai.defineRetriever({ name: "broken" }, async () => { throw new Error("no shelf"); });
const prompt = ai.definePrompt({ name: "capital", input: { schema: z.object({ land: z.string() }) }, messages: "What is the capital of {{land}}?", system: "Answer shortly." });
const inner = ai.defineFlow({ name: "inner", inputSchema: z.string(), outputSchema: z.string() }, async (q) => (await ai.run("think", q, async (x) => (await ai.generate(x)).text)));
const outer = ai.defineFlow({ name: "outer", inputSchema: z.string(), outputSchema: z.string() }, async (q) => (await Promise.all([inner(q), inner(`${q} Again.`)])).join(" "));
const sad = ai.defineFlow({ name: "sad", inputSchema: z.string() }, async () => { throw new TypeError("nothing to do"); });
const ask = (n) => `Where is Oslo? odd:${n}`;
const drain = async ({ stream, response }) => { for await (const _ of stream); await response; };
const scenes = {
  parallel_tools: () => ai.generate({ prompt: "What is the weather in Paris and Rome? city: Paris", tools: [weather] }),
  failing_tool: () => ai.generate({ prompt: "What is the weather in Paris and Oslo?", tools: [weather] }),
  returned: () => strange.generate({ prompt: ask("tools"), tools: [odd_weather], returnToolRequests: true }),
  conversation: () => ai.generate({ messages: [{ role: "user", content: [{ text: "Hi." }] }, { role: "model", content: [{ text: "Hello." }] }], prompt: "What is the capital of Chile?", config: { temperature: 0.2, maxOutputTokens: 40 } }),
  prompt: () => prompt({ land: "Kenya" }),
  flow: () => outer("What is the capital of Peru?"),
  sad: () => sad("x"),
  broken: () => ai.retrieve({ retriever: broken, query: "x" }),
  retrieve: () => ai.retrieve({ retriever: shelf, query: "capital of Norway" }),
  emoji: () => drain(strange.generateStream(ask("emoji"))),
  refusal: () => strange.generate(ask("refusal")),
  filter: () => strange.generate(ask("filter")),
  length: () => strange.generate(ask("length")),
  reasoned: () => strange.generate({ prompt: ask("reasoned"), model: "openai/o4-mini" }),
  gemini: () => ai.generate({ model: googleAI.model("gemini-2.5-flash"), prompt: ask("thought") }),
  gemini_stream: () => drain(ai.generateStream({ model: googleAI.model("gemini-2.5-flash"), prompt: ask("plain") })),
  gemini_unsafe: () => ai.generate({ model: googleAI.model("gemini-2.5-flash"), prompt: ask("unsafe") }),
  picture: () => strange.generate({ prompt: [{ text: ask("plain") }, { media: { url: "data:image/png;base64,iVBORw0KGgo=", contentType: "image/png" } }] }),
  embed_many: () => ai.embedMany({ embedder: "openai/text-embedding-3-small", content: ["Paris", "Oslo"] }),
  filtered: () => strange.generate(ask("filtered")),
  failing_stream: () => drain(ai.generateStream("please fail")),
  too_many: () => ai.generate("too many"),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 9000))]); }
  catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await flushTracing();
setTimeout(() => process.exit(0), 800);
