/** The style sheet of the pages. */
export const PAGE_STYLE = `:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.45}
body{margin:0 auto;max-width:76rem;padding:1rem 1.5rem 4rem}
nav a{margin-right:1rem}
h2{margin-top:2.5rem;border-bottom:1px solid}
h3{margin:1.8rem 0 .3rem}
h3 small{font-weight:normal}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
caption{text-align:left;padding:.2rem 0}
th,td{border:1px solid #8886;padding:.35rem .6rem;text-align:left;vertical-align:top}
td.number{text-align:right;font-variant-numeric:tabular-nums}
td.when{white-space:nowrap}
@media (min-width:70rem){td.actions{width:1%;white-space:nowrap}}
.description{white-space:pre-wrap;font-size:.875em;max-width:32rem}
code{overflow-wrap:anywhere}
td form{display:inline-block;margin:0 .2rem .2rem 0}
form.fields{display:grid;gap:.6rem;max-width:38rem;margin:.5rem 0 1.5rem}
form.fields label{display:grid;grid-template-columns:10rem 1fr;gap:.6rem;align-items:start}
form.fields label.tick{display:block}
form.fields small{display:block}
input,select,textarea,button{font:inherit}
input:not([type=checkbox]),select,textarea{padding:.25rem .4rem;width:100%;box-sizing:border-box}
button{padding:.3rem .9rem;justify-self:start}
details{margin:.4rem 0 1rem}
summary{cursor:pointer}
.note{border:2px solid #b00020;border-left-width:.6rem;padding:.5rem .8rem}
:focus-visible{outline:3px solid #1a73e8;outline-offset:2px}
`
