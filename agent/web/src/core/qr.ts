// SPDX-License-Identifier: MulanPSL-2.0
// QR codes: read from a photo, drawn as a picture. Nothing leaves the browser; the code is fetched when it is first needed.

// A photo of a telephone is larger than what is looked for in it: tried at a few sizes.
const SIDES = [1200, 700, 1800, 420]

export async function readQr(photo: Blob): Promise<string | null> {
  const picture = await createImageBitmap(photo)
  const { default: decodeQR } = await import('qr/decode.js')
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    const pen = canvas.getContext('2d')!
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
    try { return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height)) } catch { /* none of this size */ }
  }
  return null
}

// The dark modules of a text as an SVG path, in a square of `side` modules with a white rim of four.
export async function drawQr(text: string): Promise<{ side: number; path: string }> {
  const { default: encodeQR } = await import('qr')
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return { side: rows.length, path }
}
