/** Which model is asked: any name can be typed; known ones are offered. */
import { byId, make } from './elements.js'
import { rememberModel, rememberedModels } from './remembered-models.js'

/** What the local router calls its built-in responder. */
const DEFAULT_MODEL = 'nomyo-embedded'

/** The field for the model. */
export class ModelField {
  readonly #field: HTMLInputElement = byId('model', HTMLInputElement)
  readonly #note: HTMLElement = byId('model-note', HTMLElement)
  readonly #list: () => Promise<readonly string[]>
  #name: string
  #listed: readonly string[] = []
  #isAsking = false

  /** `list` gives the names that the router offers; none if it does not say. */
  constructor(list: () => Promise<readonly string[]>) {
    this.#list = list
    this.#name = new URLSearchParams(location.search).get('model')?.trim() || DEFAULT_MODEL
    this.#field.value = this.#name
    this.#offer()
    this.#field.addEventListener('focus', () => this.#open())
    this.#field.addEventListener('change', () => this.#take())
    this.#field.addEventListener('blur', () => {
      this.#take()
      this.#field.value = this.#name
    })
  }

  /** The name of the model. */
  get name(): string {
    this.#take()
    return this.#name
  }

  /** It has answered: where the router lists none, its name is offered from now on. */
  remember(name: string): void {
    rememberModel(name)
    this.#offer()
  }

  /** Empty as long as nothing is typed: browsers offer only what goes on from what stands there. */
  #open(): void {
    this.#field.placeholder = this.#name
    this.#field.value = ''
    if (this.#listed.length === 0 && !this.#isAsking) void this.#ask()
  }

  #take(): void {
    this.#name = this.#field.value.trim() || this.#name
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    this.#listed = await this.#list()
    this.#isAsking = false
    this.#offer()
    const count = this.#listed.length
    this.#note.textContent =
      count === 0
        ? 'The router does not list its models. Type a name.'
        : `The router offers ${count === 1 ? '1 model' : `${count} models`}. Another name can be typed.`
  }

  #offer(): void {
    const known = this.#listed.length > 0 ? this.#listed : [...rememberedModels(), DEFAULT_MODEL]
    const names = new Set([this.#name, ...known])
    byId('models', HTMLDataListElement).replaceChildren(...[...names].map(option))
  }
}

function option(value: string): HTMLOptionElement {
  const element = make('option')
  element.value = value
  return element
}
