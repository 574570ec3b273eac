"""How the page looks: on a screen by day and by night, on a phone, and on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #5b6470; --edge: #d5dae1; --panel: #f5f7f9;
  --bad: #b3261e; --good: #1b6e3c; --alarm: #b3261e; --auto: #2457c5; --people: #8a5a00; --curve: #2457c5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171b; --soft: #9aa4b1; --edge: #363d47;
  --panel: #1c2127; --bad: #f2a29c; --good: #7ccf9b; --alarm: #f2a29c; --auto: #8fb4ff; --people: #e8bc6a; --curve: #8fb4ff; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Open Sans", sans-serif; color: var(--ink); background: var(--paper); margin: 0;
  overflow-wrap: anywhere; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .1rem 0 .6rem; unicode-bidi: isolate; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--edge); }
h3 { font-size: 1rem; margin: 0 0 .4rem; } p { margin: .4rem 0; }
.small, caption, figcaption { color: var(--soft); font-size: .88rem; } caption, figcaption { text-align: left; padding: .3rem 0; }
.about { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: 0; }
.about li { border: 1px solid var(--edge); border-radius: 1rem; padding: .05rem .7rem; font-size: .88rem; unicode-bidi: isolate; }
.about li:first-child { font-weight: 700; color: var(--paper); background: var(--soft); border-color: transparent; }
.about.p1 li:first-child, .about.p2 li:first-child { background: var(--bad); }
.short { font-size: 1.06rem; padding-left: 1.2rem; margin: .4rem 0; } li { margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--edge); unicode-bidi: isolate; }
th { color: var(--soft); font-weight: 600; } td.brief { white-space: nowrap; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); font-weight: 600; } .none { color: var(--soft); }
.run { background: var(--panel); border: 1px solid var(--edge); border-radius: .5rem; padding: .8rem 1rem; margin: .8rem 0; }
.run table { margin-top: .4rem; } details { margin-top: .4rem; } summary { cursor: pointer; color: var(--soft); }
code { font-size: .88em; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .8rem; margin: .3rem 0; }
dt { color: var(--soft); } dd { margin: 0; } figure { margin: .8rem 0; } .scroll { overflow-x: auto; } .scroll + .scroll { margin-top: 1.2rem; }
.because { display: block; color: var(--soft); font-size: .92rem; }
svg { display: block; max-width: none; min-width: 46rem; width: 100%; height: auto; font: 12px system-ui, "Open Sans", sans-serif; }
svg text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; } svg .lane { font-weight: 600; } svg .tick, svg text.due { fill: var(--soft); }
svg line { stroke: var(--edge); } svg line.milestone { stroke: var(--ink); } svg line.due { stroke: var(--soft); }
svg line.late { stroke: var(--bad); } svg text.late { fill: var(--bad); } svg text.milestone { font-weight: 600; }
svg .mark.alarm { fill: var(--alarm); } svg .mark.automation { fill: var(--auto); } svg .mark.people { fill: var(--people); }
svg .bar.good { fill: var(--good); } svg .bar.bad { fill: var(--bad); } svg .bar.plain { fill: var(--soft); }
svg .curve { fill: none; stroke: var(--curve); stroke-width: 2; } svg .dot { fill: var(--curve); }
svg .beyond { fill: var(--bad); opacity: .08; }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #444; --edge: #bbb; --panel: #fff; --bad: #b3261e;
  --good: #1b6e3c; --alarm: #b3261e; --auto: #2457c5; --people: #8a5a00; --curve: #2457c5; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; } .run, figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  svg { min-width: 0; } .scroll { overflow: visible; } thead { display: table-header-group; } }
"""
