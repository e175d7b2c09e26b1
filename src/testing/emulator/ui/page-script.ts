/**
 * The script of the requests page: listens to the stream and keeps the table up to date. Without it the page
 * is right at each reload.
 */
export const PAGE_SCRIPT = `'use strict'
const table = document.querySelector('tbody[data-stream]')
if (table) {
  const state = document.querySelector('[data-stream-state]')
  const source = new EventSource(table.dataset.stream)
  state.textContent = 'Live: new requests appear by themselves.'
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) state.textContent = 'No longer live: reload the page.'
  }
  source.onmessage = (message) => {
    for (const { number, cells } of JSON.parse(message.data)) {
      const row = table.querySelector('tr[data-number="' + Number(number) + '"]') ?? table.insertRow(0)
      row.dataset.number = number
      row.replaceChildren(...cells.map((text, index) => {
        const cell = document.createElement('td')
        cell.textContent = text
        if (index > 2) cell.className = 'number'
        return cell
      }))
    }
    while (table.rows.length > Number(table.dataset.most)) table.deleteRow(-1)
  }
}
`
