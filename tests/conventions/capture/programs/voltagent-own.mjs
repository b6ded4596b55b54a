// npm @voltagent/core@2.10.0 @voltagent/logger@2.0.2 ai@6.0.326 @ai-sdk/openai@3.0.141 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/sdk-trace-base@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0 zod@4.6.7
// VoltAgent: agents with tools, teams, objects and workflows, as its own observability tells of them; ONLY names the scenes.
import * as volt from "@voltagent/core";
import { createOpenAI } from "@ai-sdk/openai";
import { z } from "zod";
const odd = process.env.ODD;
const openai = createOpenAI({ baseURL: `${odd}/v1`, apiKey: "local" });
const { Agent, createTool, createWorkflowChain, VoltAgentObservability } = volt;
const { SimpleSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
const observability = new VoltAgentObservability({ serviceName: "volt", spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
const get_weather = createTool({ name: "get_weather", description: "The weather in a city.", parameters: z.object({ city: z.string() }), execute: async ({ city }) => { if (city === "Oslo") throw new TypeError("no station in Oslo"); return { city, weather: "sunny" }; } });
const now = createTool({ name: "now", description: "The time.", parameters: z.object({}), execute: async () => "noon" });
const A = (more = {}) => new Agent({ name: "guide", instructions: "Answer shortly.", model: openai.chat("gpt-4o-mini"), tools: [get_weather, now], observability, maxRetries: 0, ...more });
const o = { userId: "user-7", conversationId: "chat-7" };
const scenes = {
  loop: () => A().generateText("Loop? plan:[[get_weather(city=Paris) & now() ;; get_weather(city=Rome) ;; say Sunny in both at noon.]]", o),
  object: () => A({ tools: [] }).generateObject('Object plan:[[say {"city": "Paris"}]]', z.object({ city: z.string() }), o),
  cut: () => A().generateText("Cut plan:[[cut The capital of]]", o),
  filtered: () => A().generateText("Filtered plan:[[filtered]]", o),
  team: () => A({ name: "boss", tools: [], subAgents: [A({ name: "researcher", purpose: "Researches." })] }).generateText('Team plan:[[delegate_task(task=weather in Rome, targetAgents=["researcher"]) ;; say The researcher says Rome is sunny.]]', o),
  workflow: () => createWorkflowChain({ id: "flow", name: "flow", input: z.object({ q: z.string() }), result: z.any() }).andThen({ id: "prepare", execute: async ({ data }) => ({ q: data.q + "!" }) }).andAgent(async () => 'Workflow plan:[[say {"city": "Paris"}]]', A({ tools: [] }), { schema: z.object({ city: z.string() }) }).run({ q: "where" }),
};
const only = process.env.ONLY?.split(",");
for (const [name, scene] of Object.entries(scenes)) {
  if (only && !only.includes(name)) continue;
  try {
    await scene();
  } catch (error) {
    console.log(name, String(error).slice(0, 200));
  }
}
await new Promise((d) => setTimeout(d, 500));
process.exit(0);
