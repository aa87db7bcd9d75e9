import type { ChosenProtocol } from '../client.js'
import { byId, make, makeButton } from '../elements.js'
import { explain } from '../plain-words.js'
import { ATTACKS, type Attack } from './attacks.js'
import { Attacker, type Outcome } from './run-attack.js'

/** How the next message would be sent. */
export interface Target {
  readonly protocol: ChosenProtocol
  readonly model: string
}

/** The panel of attacks: a button for each, and what the client said to it. */
export class AttackView {
  readonly #attacker: Attacker = new Attacker()
  readonly #target: () => Target
  readonly #buttons: HTMLButtonElement[] = []
  #isRunning = false

  constructor(target: () => Target) {
    this.#target = target
    byId('attack-list', HTMLElement).append(...ATTACKS.map((attack) => this.#row(attack)))
  }

  #row(attack: Attack): HTMLElement {
    const said = make('p', 'attack-outcome')
    said.setAttribute('role', 'status')
    const button = makeButton(attack.name, '', () => void this.#run(attack, said))
    this.#buttons.push(button)
    return make('li', 'attack', button, make('p', 'attack-deed', attack.deed), said)
  }

  async #run(attack: Attack, said: HTMLElement): Promise<void> {
    if (this.#isRunning) return
    const { protocol, model } = this.#target()
    this.#mayRun(false)
    said.textContent = 'An honest call first, then the attack…'
    delete said.dataset['outcome']
    try {
      showOutcome(said, await this.#attacker.run(attack, protocol, model))
    } catch (error) {
      const { words, label } = explain(error)
      said.textContent = `The honest call before it failed already, so nothing was attacked: ${words} (${label})`
    }
    this.#mayRun(true)
  }

  /** Not by `disabled`: that takes the focus away. */
  #mayRun(mayRun: boolean): void {
    for (const button of this.#buttons) {
      button.setAttribute('aria-disabled', String(!mayRun))
    }
    this.#isRunning = !mayRun
  }
}

function showOutcome(said: HTMLElement, { protocol, refusal }: Outcome): void {
  said.dataset['outcome'] = refusal === undefined ? 'accepted' : 'refused'
  if (refusal === undefined) {
    const words = `It went through: protocol ${protocol} cannot see this, and the client raised no error.`
    said.replaceChildren(words)
    return
  }
  const { label, words } = refusal
  said.replaceChildren(make('strong', '', 'Refused: '), make('code', '', label), ` ${words}`)
}
