/** Environment variables by which prompts, answers or API keys go another way. Values are never repeated. */
import { ok, problem, warning, type Finding } from './finding.js'

const TRACING = ['LANGSMITH_TRACING', 'LANGSMITH_TRACING_V2', 'LANGCHAIN_TRACING', 'LANGCHAIN_TRACING_V2']
const HIDING = [
  ['LANGSMITH_HIDE_INPUTS', 'LANGCHAIN_HIDE_INPUTS'],
  ['LANGSMITH_HIDE_OUTPUTS', 'LANGCHAIN_HIDE_OUTPUTS'],
] as const
const GATEWAY = ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN']

/** What the environment says. */
export function environmentFindings(env: NodeJS.ProcessEnv = process.env): readonly Finding[] {
  return [tracing(env), ...openaiLog(env), gateway(env), apiKey(env)]
}

function tracing(env: NodeJS.ProcessEnv): Finding {
  const check = 'langsmith'
  const isOn = (name: string): boolean => env[name]?.toLowerCase() === 'true'
  const on = TRACING.filter(isOn)
  if (on.length === 0) return ok(check, 'LangSmith’s tracing is off.')
  const mend = `unset ${on.join(' ')}`
  const what = `${on.join(', ')}: LangChain sends`
  if (HIDING.every((names) => names.some(isOn))) {
    return warning(check, `${what} what it does to LangSmith, without inputs and outputs.`, mend)
  }
  return problem(check, `${what} prompts and answers to LangSmith, where they can be read.`, mend)
}

function openaiLog({ OPENAI_LOG: level }: NodeJS.ProcessEnv): readonly Finding[] {
  if (level?.toLowerCase() !== 'debug') return []
  return [
    warning('logs', 'OPENAI_LOG=debug: OpenAI’s client logs prompts and answers.', 'export OPENAI_LOG=warn'),
  ]
}

function gateway(env: NodeJS.ProcessEnv): Finding {
  const check = 'gateway'
  const set = GATEWAY.filter((name) => env[name])
  if (set.length === 0) return ok(check, 'No key for an AI gateway is set.')
  const message =
    `${set.join(', ')}: in the AI SDK and in Mastra a model that is given as text, such as 'openai/gpt-5', goes in ` +
    'clear to the AI gateway, past the encryption.'
  return warning(check, message, `unset ${set.join(' ')}; give models that are made with createSecureFetch.`)
}

function apiKey({ NOMYO_API_KEY: key }: NodeJS.ProcessEnv): Finding {
  const check = 'api key'
  if (!key) return ok(check, 'NOMYO_API_KEY is not set: a router that needs one will say so.')
  if (/^[\u0021-\u007E]+$/.test(key)) return ok(check, 'NOMYO_API_KEY is set.')
  const message = 'NOMYO_API_KEY holds a space, a line break or another character that no API key has.'
  return problem(check, message, 'Set NOMYO_API_KEY again, to the key alone.')
}
