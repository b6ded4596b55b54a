// npm @openai/agents@0.20.0 openai@6 zod@4 @arizeai/openinference-instrumentation-openai-agents@0.2.15 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 @opentelemetry/exporter-trace-otlp-http@0.205.0 @opentelemetry/context-async-hooks@2.1.0 @opentelemetry/instrumentation@0.205.0
// OpenAI's Agents SDK for Node under OpenInference: chats and responses, tools that fail, a handoff; ONLY names the scenes.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import * as agents from "@openai/agents";
import * as oi from "@arizeai/openinference-instrumentation-openai-agents";
import OpenAI from "openai";
import { z } from "zod";
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const I = oi.OpenAIAgentsInstrumentation;
const i = new I({ tracerProvider: provider });
i.setTracerProvider?.(provider);
i.manuallyInstrument(agents);
const { Agent, run, tool, setDefaultOpenAIClient, setOpenAIAPI, handoff } = agents;
const local = new OpenAI({ apiKey: "local", baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
const odd = new OpenAI({ apiKey: "local", baseURL: `${process.env.ODD}/v1`, maxRetries: 0 });
const get_weather = tool({ name: "get_weather", description: "The weather in a city.", parameters: z.object({ city: z.string() }), execute: async ({ city }) => { if (city === "Oslo") throw new Error("no station in Oslo"); return `sunny in ${city}`; } });
const ask = (n) => `Where is Oslo? odd:${n}`;
const weatherman = () => new Agent({ name: "weatherman", instructions: "You know the weather.", model: "gpt-4o-mini", tools: [get_weather] });
const plain = () => new Agent({ name: "plain", instructions: "Answer shortly.", model: "gpt-4o-mini" });
const scenes = {
  responses_tools: async () => { setDefaultOpenAIClient(local); setOpenAIAPI("responses"); await run(weatherman(), "What is the weather? city: Paris"); },
  responses_both: async () => { await run(weatherman(), "What is the weather in Paris and Oslo?"); },
  chat_tools: async () => { setOpenAIAPI("chat_completions"); await run(weatherman(), "What is the weather? city: Paris"); },
  chat_stream: async () => { const r = await run(plain(), "Count to three.", { stream: true }); for await (const _ of r); await r.completed; },
  handoff: async () => { setDefaultOpenAIClient(odd); setOpenAIAPI("responses"); const geographer = new Agent({ name: "geographer", instructions: "You know places.", model: "gpt-4o-mini" }); await run(Agent.create({ name: "clerk", instructions: "Hand over.", model: "gpt-4o-mini", handoffs: [geographer] }), ask("handoff_once")); },
  reasoned: async () => { await run(new Agent({ name: "plain", instructions: "Answer shortly.", model: "o4-mini" }), ask("reasoned")); },
  stream: async () => { const r = await run(plain(), ask("plain"), { stream: true }); for await (const _ of r); await r.completed; },
  search: async () => { await run(plain(), ask("search")); },
  failed: async () => { await run(plain(), ask("failed")); },
  guardrail: async () => { await run(new Agent({ name: "guarded", instructions: "x", model: "gpt-4o-mini", inputGuardrails: [{ name: "polite", execute: async () => ({ tripwireTriggered: true, outputInfo: { why: "rude" } }) }] }), ask("plain")); },
  failing: async () => { setDefaultOpenAIClient(local); await run(plain(), "please fail"); },
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try { await Promise.race([scene(), new Promise((_, no) => setTimeout(() => no(new Error("TOOK TOO LONG")), 9000))]); }
  catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await new Promise((d) => setTimeout(d, 500));
await provider.shutdown();
process.exit(0);
