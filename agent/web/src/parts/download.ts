// SPDX-License-Identifier: MulanPSL-2.0
// Hands a file to the browser's downloads.
export function download(file: Blob, name: string) {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(file)
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(a.href), 10000)
}
