/** Where pictures come from: a button, the clipboard, and what is dropped anywhere on the page. */
import { byId } from '../elements.js'

/** Calls `onFiles` with each choice of files. */
export function takePictures(button: HTMLButtonElement, onFiles: (files: readonly File[]) => void): void {
  const input = byId('picture-files', HTMLInputElement)
  button.addEventListener('click', () => input.click())
  input.addEventListener('change', () => {
    onFiles([...(input.files ?? [])])
    input.value = '' // the same one may be chosen again
  })
  byId('text', HTMLTextAreaElement).addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    // An office program puts a picture of a text beside the text: meant is the text.
    if (files.length === 0 || event.clipboardData?.getData('text/plain') !== '') return
    event.preventDefault()
    onFiles(files)
  })
  takeDropped(onFiles)
}

/** On all of the page: a browser shows a file that falls beside the field in place of the conversation. */
function takeDropped(onFiles: (files: readonly File[]) => void): void {
  const isOver = (is: boolean): void => void byId('composer', HTMLElement).classList.toggle('dropping', is)
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files') !== true) return
    event.preventDefault()
    isOver(true)
  })
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) isOver(false) // it left the window
  })
  document.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])]
    isOver(false)
    if (files.length === 0) return
    event.preventDefault()
    onFiles(files)
  })
}
