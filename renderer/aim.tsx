import type { ReactNode } from 'react'

/** A phone with a code, held face down over the window of a reader. The code is a drawing that no reader can read. */
export function Aim(): ReactNode {
  return (
    <svg className="aim" viewBox="0 0 400 460" aria-hidden="true">
      <g className="card">
        <rect x="30" y="88" width="180" height="116" rx="12" transform="rotate(-12 120 146)" />
        <path d="M62 170l70-15M68 190l46-10" />
      </g>
      <rect className="phone" x="136" y="14" width="150" height="246" rx="22" />
      <rect className="glass" x="148" y="32" width="126" height="210" rx="8" />
      <Code x={166} y={92} />
      <path className="beam" d="M148 274h126l-34 88h-58z" />
      <path className="arrow" d="M324 214v104M300 294l24 28 24-28" />
      <rect className="reader" x="86" y="362" width="250" height="84" rx="18" />
      <rect className="window" x="152" y="350" width="118" height="24" rx="10" />
      <circle className="lamp" cx="300" cy="412" r="9" />
    </svg>
  )
}

function Code({ x, y }: { x: number; y: number }): ReactNode {
  return (
    <g className="code" transform={`translate(${x} ${y})`}>
      <path className="finder" d="M4 4h24v24h-24zM62 4h24v24h-24zM4 62h24v24h-24z" />
      <path d="M11 11h10v10h-10zM69 11h10v10h-10zM11 69h10v10h-10z" />
      <path d="M38 2h8v8h-8zM46 14h8v14h-8zM38 34h8v8h-8zM52 40h14v8h-14zM2 40h16v8h-16zM24 46h8v10h-8z" />
      <path d="M74 38h14v8h-14zM40 56h8v14h-8zM56 58h10v8h-10zM72 60h16v8h-16zM52 76h8v12h-8zM68 76h20v12h-20z" />
    </g>
  )
}
