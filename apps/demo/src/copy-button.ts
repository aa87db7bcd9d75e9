/** Makes a button copy what `text` gives at that moment, and say whether it worked. */
export function copyOnClick(button: HTMLButtonElement, text: () => string): void {
  const label = button.textContent
  let timer = 0
  button.addEventListener('click', () => {
    void copied(text()).then((isCopied) => {
      button.textContent = isCopied ? 'Copied' : 'Not allowed: select it by hand'
      clearTimeout(timer)
      timer = setTimeout(() => {
        button.textContent = label
      }, 2_000)
    })
  })
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
