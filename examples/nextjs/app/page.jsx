import { Chat } from './chat.jsx'

export default function Page() {
  return <Chat baseURL={process.env.NOMYO_BASE_URL} />
}
