import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Agent } from '@mastra/core/agent'
import { MODEL, type Ask, type Target } from './sdk.ts'

/** One call of a Mastra agent whose model is the AI SDK's. */
export async function askAgent({ baseURL, apiKey, fetch }: Target, { prompt }: Ask): Promise<string> {
  const model = createOpenAICompatible({ name: 'nomyo', baseURL, apiKey, fetch })(MODEL)
  // Its type asks of doGenerate what doStream gives: the model itself is one that it takes.
  const agent = new Agent({ id: 'helper', name: 'helper', instructions: 'Answer.', model: model as never })
  return (await agent.generate(prompt)).text
}
