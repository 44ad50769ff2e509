"""How the report looks: light, dark and on paper, from a phone's width to a desk's."""

from __future__ import annotations

STYLE = """
:root{--page:#fff;--panel:#f6f7f9;--ink:#1b2230;--soft:#566070;--line:#dde2e9;
--own:#1c62b0;--other:#7a4bb0;--fraud:#c24d05;--legit:#2f7fb5;--base:#7d8796;
--error:#b3261e;--warning:#8a5a00;--info:#1c62b0;--right:#e4f1e8;--wrong:#fbe6d8;--mark:#e6eefb}
@media screen and (prefers-color-scheme:dark){
:root{--page:#12161d;--panel:#1a2029;--ink:#e5e9f0;--soft:#a3adbb;--line:#303947;
--own:#77aef2;--other:#c29cf0;--fraud:#f39a5b;--legit:#5fb3dc;--base:#8d98a8;
--error:#ff8d85;--warning:#f0c05a;--info:#77aef2;--right:#183324;--wrong:#44291a;--mark:#1f3150}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 64px;overflow-wrap:anywhere}
h1{font-size:1.9rem;line-height:1.2;margin:.1em 0 .5em}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .6em}
h3{font-size:1rem;margin:0 0 .3em}
p{margin:0 0 .9em;max-width:78ch}
a{color:var(--own)}
small,.fine,figcaption,caption{color:var(--soft);font-size:.86rem}
small{display:block;font-weight:400}
.kicker{color:var(--soft);margin:0;letter-spacing:.02em}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;
margin:1.2em 0 .6em}
.tiles div{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
.tiles dt{font-size:.9rem}.tiles dd{margin:0}.tiles b{font-size:1.45rem;line-height:1.25}
.tiles .fine{margin-top:6px;line-height:1.35;font-size:.8rem}
.tiles small{font-variant-numeric:tabular-nums}
nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:1.4em 0 0;padding:12px 0;
border-top:1px solid var(--line);font-size:.92rem}
section{border-top:1px solid var(--line);padding:26px 0 12px}
.note{border-left:4px solid var(--info);background:var(--panel);padding:10px 14px;
border-radius:0 6px 6px 0;max-width:none}
.note.warning{border-color:var(--warning)}.note.error{border-color:var(--error)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:8px 36px;
align-items:start}
figure{margin:0 0 18px;max-width:560px}
figcaption{margin-top:6px}
figure svg[role=img]{display:block;width:100%;height:auto}
.legend{display:flex;flex-wrap:wrap;gap:0 18px;list-style:none;margin:0 0 8px;padding:0;
font-size:.86rem}
.key{width:24px;height:12px;margin-right:6px;vertical-align:-1px}
svg text{font-family:inherit;font-size:12px;fill:var(--soft)}
svg .axis{fill:var(--ink)}svg .name{fill:var(--ink)}
svg .label{fill:var(--ink);paint-order:stroke;stroke:var(--page);stroke-width:4px;
stroke-linejoin:round}
.grid{stroke:var(--line);stroke-width:1}.floor{stroke:var(--base);stroke-width:1}
.line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
.line.own{stroke:var(--own)}.line.other{stroke:var(--other);stroke-dasharray:7 4}
.line.base{stroke:var(--base);stroke-dasharray:1 4}
.line.rule{stroke:var(--ink);stroke-width:1.4;stroke-dasharray:5 3}
.line.faint{stroke:var(--base);stroke-width:1.4;stroke-dasharray:2 3}
.line.legit{stroke:var(--legit)}.line.fraud{stroke:var(--fraud);stroke-dasharray:9 3}
.area{stroke-width:1.2;fill-opacity:.35}
.area.legit{fill:var(--legit);stroke:var(--legit)}.area.fraud{fill:var(--fraud);stroke:var(--fraud)}
.fill.own{fill:var(--own)}.fill.fraud{fill:var(--fraud)}.fill.legit{fill:var(--legit)}
.dot{stroke:var(--page);stroke-width:1.5}
.dot.own{fill:var(--own)}.dot.other{fill:var(--other)}.dot.base{fill:var(--ink)}
.whisker{stroke:var(--ink);stroke-width:1.2}.whisker.own{stroke:var(--own);stroke-width:1.6}
.wide{overflow-x:auto;margin:0 0 18px}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums;
overflow-wrap:normal}
caption{text-align:left;padding:0 0 6px;font-weight:600;color:var(--ink)}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;
text-align:right;font-weight:400}
th:first-child{padding-left:6px}th:first-child,.words th,.words td{text-align:left}
th:last-child,td:last-child{padding-right:2px}
thead th{color:var(--soft);font-size:.86rem;vertical-align:bottom}
td{white-space:nowrap}.words td{white-space:normal;overflow-wrap:break-word}
table:not(.words) tbody th{white-space:nowrap}
.marked th,.marked td{background:var(--mark);font-weight:600}
.confusion{max-width:720px}.confusion td{padding:8px 12px;white-space:normal}
.confusion th{white-space:nowrap}
.confusion b{font-size:1.15rem}
.confusion .right{background:var(--right)}.confusion .wrong{background:var(--wrong)}
code{font:.86em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.findings{list-style:none;margin:0 0 1em;padding:0}
.findings li{padding:8px 0 8px 14px;margin:0 0 8px;border-left:4px solid var(--line);max-width:90ch}
.findings .error{border-color:var(--error)}.findings .warning{border-color:var(--warning)}
.findings .info{border-color:var(--info)}
.badge{text-transform:uppercase;font-size:.74rem;letter-spacing:.05em}
.error .badge{color:var(--error)}.warning .badge{color:var(--warning)}
.info .badge{color:var(--info)}
details{margin:0 0 18px}summary{cursor:pointer;margin-bottom:8px;color:var(--own)}
@media (max-width:520px){main{padding:18px 14px 40px}th,td{padding-right:9px}
.tiles{grid-template-columns:1fr 1fr}
svg text{font-size:13px}table{font-size:.84rem}td small{font-size:.78rem}
.confusion td{padding:6px}.confusion b{font-size:1rem}
table:not(.words) th small{display:none}}
@media print{@page{margin:14mm}body{font-size:10.5pt}main{max-width:none;padding:0}
nav,summary{display:none}.pair{grid-template-columns:1fr 1fr;gap:4px 24px}
.tiles{grid-template-columns:repeat(6,1fr);gap:6px}.tiles div{padding:6px 7px}
.tiles b{font-size:1.1rem}details::details-content{content-visibility:visible;height:auto}
figure,tr,.confusion,.note,.tiles div,.findings li{break-inside:avoid}
h2,h3,caption{break-after:avoid}
.wide{overflow:visible}td{white-space:normal}table{font-size:9pt}
.fill,.area,.confusion td,.marked th,.marked td,.tiles div{print-color-adjust:exact;
-webkit-print-color-adjust:exact}}
"""
