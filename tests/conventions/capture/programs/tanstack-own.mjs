// npm @tanstack/ai@0.58.0 @tanstack/ai-openai@0.23.1 @tanstack/ai-anthropic@0.18.11 openai@6.49.0 @anthropic-ai/sdk@1.14.0 zod@4.6.7 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.1.0 @opentelemetry/exporter-trace-otlp-proto@0.205.0
// TanStack AI through its own middleware: loops of calls and tools that fail, structured output, refusals, streams that are left.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { chat, maxIterations, toolDefinition } from "@tanstack/ai";
import { createAnthropicChat } from "@tanstack/ai-anthropic";
import { createOpenaiChatCompletions } from "@tanstack/ai-openai";
import { otelMiddleware } from "@tanstack/ai/middlewares/otel";
import { z } from "zod";
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
const odd = process.env.ODD;
const middleware = [otelMiddleware({ tracer: provider.getTracer("app"), captureContent: true })];
const gpt = () => createOpenaiChatCompletions("gpt-4o-mini", "local", { baseURL: `${odd}/v1`, maxRetries: 0 });
const claude = () => createAnthropicChat("claude-sonnet-4-5", "local", { baseURL: odd, maxRetries: 0 });
const get_weather = toolDefinition({ name: "get_weather", description: "The weather in a city.", inputSchema: z.object({ city: z.string() }), outputSchema: z.any() }).server(async ({ city }) => { if (city === "Oslo") throw new TypeError("no station in Oslo"); return { city, weather: "sunny" }; });
const asked = (adapter, content, more = {}) => ({ adapter, messages: [{ role: "user", content }], systemPrompts: ["Answer shortly."], tools: [get_weather], middleware, agentLoopStrategy: maxIterations(5), ...more });
const read = async (made) => { for await (const _ of made); };
const left = () => { const c = new AbortController(); setTimeout(() => c.abort(), 250); return c; };
const scenes = {
  loop: () => read(chat(asked(gpt(), "Loop? plan:[[get_weather(city=Paris) & get_weather(city=Oslo) ;; say Sunny in Paris.]]"))),
  claude: () => read(chat(asked(claude(), "Claude? plan:[[say I look. | get_weather(city=Rome) ;; say Sunny in Rome.]]"))),
  structured: () => chat(asked(gpt(), 'Structured plan:[[say {"city": "Paris"}]]', { tools: [], outputSchema: z.object({ city: z.string() }) })),
  second: () => read(chat(asked(gpt(), "Second plan:[[get_weather(city=Bonn) ;; filtered]]"))),
  left: () => read(chat(asked(gpt(), "Left plan:[[wait 0.8 | say Too late.]]", { abortController: left() }))),
};
for (const [name, scene] of Object.entries(scenes)) {
  try { await scene(); } catch (error) { console.log(name, String(error).slice(0, 200)); }
}
await new Promise((done) => setTimeout(done, 300));
await provider.shutdown();
process.exit(0);
