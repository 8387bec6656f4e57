// SPDX-License-Identifier: MulanPSL-2.0
// Element Plus hangs the choices of a select, and its calendars, under the body and calls them tooltips. They are none:
// a reader of screens would look for words there. What scrolls in them can be reached.
export function asLists(body: HTMLElement) {
  const mend = (e: Element) => {
    if (e.classList.contains('el-select__popper') || e.classList.contains('el-picker__popper')) e.removeAttribute('role')
    for (const wrap of e.querySelectorAll('.el-select-dropdown__wrap')) wrap.setAttribute('tabindex', '0')
  }
  new MutationObserver((changes) => {
    for (const change of changes)
      if (change.type === 'attributes') mend(change.target as Element)
      else for (const node of change.addedNodes) if (node instanceof Element) for (const e of [node, ...node.querySelectorAll('.el-popper')]) mend(e)
  }).observe(body, { childList: true, subtree: true, attributes: true, attributeFilter: ['role'] })
}
