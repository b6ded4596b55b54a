// npm @mastra/core@1.71.0 @mastra/observability@1.17.9 @mastra/otel-exporter@1.4.0 @mastra/arize @mastra/memory @mastra/libsql @opentelemetry/exporter-trace-otlp-proto@0.205.0 @ai-sdk/openai@3 @ai-sdk/anthropic@3 @ai-sdk/google@3 zod@4
// Mastra: tools that fail, thoughts, streams, workflows, rare answers; ONLY names the scenes.
import { createOpenAI } from "@ai-sdk/openai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { createStep, createWorkflow } from "@mastra/core/workflows";
import { Observability } from "@mastra/observability";
import { z } from "zod";
const base = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
let exporter;
if (process.env.TELLER === "langfuse") {
  const { LangfuseExporter } = await import("@mastra/langfuse");
  exporter = new LangfuseExporter({ publicKey: "pk-lf-local", secretKey: "sk-lf-local", baseUrl: base, realtime: true });
} else if (process.env.TELLER === "arize") {
  const { ArizeExporter } = await import("@mastra/arize");
  exporter = new ArizeExporter({ endpoint: `${base}/v1/traces`, projectName: "demo", apiKey: "local" });
} else {
  const { OtelExporter } = await import("@mastra/otel-exporter");
  exporter = new OtelExporter({ provider: { custom: { endpoint: `${base}/v1/traces`, protocol: process.env.AS_JSON ? "http/json" : "http/protobuf" } } });
}
const local = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: "local" });
const odd = createOpenAI({ baseURL: `${process.env.ODD}/v1`, apiKey: "local" });
const claude = createAnthropic({ baseURL: `${process.env.ODD}/v1`, apiKey: "local" });
const google = createGoogleGenerativeAI({ baseURL: `${process.env.ODD}/v1beta`, apiKey: "local" });
const get_weather = createTool({ id: "get_weather", description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), execute: async (input) => { const city = input.city ?? input.context?.city; if (city === "Oslo") throw new Error("no station in Oslo"); return { weather: `sunny in ${city}` }; } });
const agentOf = (name, model, more = {}) => new Agent({ id: name, name, instructions: "You know the weather.", model, maxRetries: 0, ...more });
const inner = agentOf("inner", local.chat("gpt-4o-mini"));
const look = createStep({ id: "look", inputSchema: z.object({ city: z.string() }), outputSchema: z.object({ city: z.string() }), execute: async ({ inputData }) => { if (inputData.city === "Nowhere") throw new Error("no such city"); return inputData; } });
const left = createStep({ id: "left", inputSchema: z.object({ city: z.string() }), outputSchema: z.object({ l: z.string() }), execute: async () => ({ l: "left" }) });
const right = createStep({ id: "right", inputSchema: z.object({ city: z.string() }), outputSchema: z.object({ r: z.string() }), execute: async ({ mastra, tracingContext }) => ({ r: (await mastra.getAgent("counter").generate("What is the capital of Peru?", { tracingContext })).text }) });
const report = createWorkflow({ id: "report", inputSchema: z.object({ city: z.string() }), outputSchema: z.any() }).then(look).parallel([left, right]).commit();
const observability = new Observability({ configs: { otel: { serviceName: process.env.OTEL_SERVICE_NAME, exporters: [exporter] } } });
const agents = {
  counter: agentOf("counter", local.chat("gpt-4o-mini")),
  weatherman: agentOf("weatherman", local.chat("gpt-4o-mini"), { tools: { get_weather } }),
  strange: agentOf("strange", odd.chat("gpt-4o-mini"), { tools: { get_weather } }),
  reasoner: agentOf("reasoner", odd.responses("o4-mini")),
  claude: agentOf("claude", claude("claude-sonnet-4-5"), { tools: { get_weather } }),
  gemini: agentOf("gemini", google("gemini-2.5-flash")),
  boss: agentOf("boss", local.chat("gpt-4o-mini"), { agents: { inner } }),
};
const mastra = new Mastra({ agents, workflows: { report }, observability, logger: false });
const tracingOptions = { metadata: { sessionId: "session-6", userId: "user-6" }, tags: ["demo"] };
const a = (n) => mastra.getAgent(n);
const ask = (n) => `Where is Oslo? odd:${n}`;
const drain = async (p) => { const m = await p; for await (const _ of m.fullStream); };
const scenes = {
  parallel_tools: () => a("weatherman").generate("What is the weather in Paris and Oslo?", { tracingOptions, maxSteps: 3 }),
  stream_tools: () => drain(a("weatherman").stream("What is the weather in Paris and Rome? city: Paris", { tracingOptions, maxSteps: 3 })),
  conversation: () => a("counter").generate([{ role: "user", content: "Hi." }, { role: "assistant", content: "Hello." }, { role: "user", content: "What is the capital of Chile?" }], { tracingOptions, modelSettings: { temperature: 0.3, maxOutputTokens: 40, topP: 0.9 } }),
  emoji: () => a("strange").generate(ask("emoji"), { tracingOptions }),
  said: () => a("strange").generate(ask("tools_said"), { tracingOptions, maxSteps: 1 }),
  refusal: () => a("strange").generate(ask("refusal"), { tracingOptions }),
  filter: () => a("strange").generate(ask("filter"), { tracingOptions }),
  length: () => drain(a("strange").stream(ask("length"), { tracingOptions })),
  reasoned: () => a("reasoner").generate(ask("reasoned"), { tracingOptions }),
  thought: () => drain(a("claude").stream(ask("thought"), { tracingOptions, providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } } })),
  claude_tools: () => a("claude").generate(ask("tools_once"), { tracingOptions, maxSteps: 2 }),
  gemini: () => a("gemini").generate(ask("thought"), { tracingOptions }),
  object: () => a("counter").generate("Say it as JSON.", { structuredOutput: { schema: z.object({ answer: z.string() }) }, tracingOptions }),
  workflow: async () => (await mastra.getWorkflow("report").createRun()).start({ inputData: { city: "Lima" }, tracingOptions }),
  workflow_failing: async () => (await mastra.getWorkflow("report").createRun()).start({ inputData: { city: "Nowhere" }, tracingOptions }),
  failing: () => a("counter").generate("please fail", { tracingOptions }),
  failing_stream: () => drain(a("counter").stream("too many", { tracingOptions })),
  filtered: () => a("strange").generate(ask("filtered"), { tracingOptions }),
  aborted: () => a("counter").generate("never answers", { tracingOptions, abortSignal: AbortSignal.timeout(300) }),
  failed_response: () => drain(mastra.getAgent("reasoner").stream(ask("failed"), { tracingOptions })),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 9000))]); }
  catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await observability.shutdown?.();
await mastra.shutdown?.();
setTimeout(() => process.exit(0), 1000);
