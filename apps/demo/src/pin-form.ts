import { byId } from './elements.js'
import { explain } from './plain-words.js'
import { addressWithoutPins, addressWithPin } from './pins.js'

/** The form with which a fingerprint that the person has from elsewhere is pinned, or the way back. */
export function showPinForm(isPinned: boolean): void {
  const form = byId('pin-form', HTMLFormElement)
  const unpin = byId('unpin', HTMLButtonElement)
  form.hidden = isPinned
  unpin.hidden = !isPinned
  unpin.addEventListener('click', () => location.assign(addressWithoutPins()))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    pin()
  })
}

function pin(): void {
  const field = byId('pin', HTMLInputElement)
  const failure = byId('pin-failure', HTMLElement)
  try {
    failure.textContent = ''
    location.assign(addressWithPin(field.value))
  } catch (error) {
    failure.textContent = explain(error).detail ?? ''
    field.select()
  }
}
