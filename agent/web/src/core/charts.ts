// SPDX-License-Identifier: MulanPSL-2.0
// The one use of ECharts, fetched when the first picture is drawn. Patterns beside colours: a picture is read in grey
// print, too.
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])
const colours = ['#0b6b53', '#8fbdb0', '#c9a35a']

export interface Series { name: string; values: (number | null)[]; line?: boolean; percent?: boolean }
export interface Picture { dispose: () => void; resize: () => void }
// open: what a click on a column leads to, by its number and that of its series.
export interface Shape { stacked?: boolean; lying?: boolean; most?: number; open?: (at: number, series: number) => void }

export function bars(place: HTMLElement, names: string[], series: Series[], shape: Shape = {}): Picture {
  const font = getComputedStyle(document.body).fontFamily
  const chart = init(place)
  const percent = series.every((s) => s.percent)
  const category = {
    type: 'category' as const, data: names, inverse: shape.lying, axisTick: { show: false }, axisLine: { lineStyle: { color: '#c6cfc9' } },
    axisLabel: { hideOverlap: true, color: '#17211d', formatter: (s: string) => (s.length > 9 ? '…' + s.slice(-8) : s) },
  }
  const value = { type: 'value' as const, max: shape.most, splitLine: { lineStyle: { color: '#eef1ee' } }, axisLabel: { hideOverlap: true, color: '#17211d', formatter: percent ? '{value}%' : undefined } }
  chart.setOption({
    animation: false,
    color: colours,
    textStyle: { fontFamily: font },
    aria: { enabled: true, label: { enabled: false }, decal: { show: series.length > 1 } },
    grid: { left: 8, right: 24, top: series.length > 1 ? 36 : 10, bottom: 8, containLabel: true },
    legend: series.length > 1 ? { top: 0, left: 0, itemWidth: 18, itemHeight: 12 } : undefined,
    // Words on a canvas: the page's policy allows no styles in markup.
    tooltip: { trigger: 'axis', renderMode: 'richText' },
    xAxis: shape.lying ? value : category,
    yAxis: shape.lying ? category : value,
    series: series.map((s) => (s.line
      ? { type: 'line' as const, name: s.name, data: s.values, symbolSize: 7, lineStyle: { width: 2 }, label: { show: names.length < 8, formatter: s.percent ? '{c}%' : '{c}' } }
      : { type: 'bar' as const, name: s.name, data: s.values, stack: shape.stacked ? 'all' : undefined, barMaxWidth: 22, itemStyle: { borderRadius: shape.stacked ? 0 : [3, 3, 0, 0] } })),
  })
  if (shape.open) chart.on('click', (e) => shape.open!(e.dataIndex, e.seriesIndex ?? 0))
  // Its place changes with the window, and with the size of text.
  const watcher = new ResizeObserver(() => chart.resize())
  watcher.observe(place)
  return { resize: () => chart.resize(), dispose: () => { watcher.disconnect(); chart.dispose() } }
}
