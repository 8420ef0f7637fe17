using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Tool.Html;

/// <summary>How the page looks. The policy of the page allows this one text, by its hash, and nothing else: no script, no picture, no font, no address.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--page:#fff;--card:#f5f7f9;--ink:#1b2027;--muted:#55606c;--line:#d3d9e0;--s0:#2466a8;--s1:#b0500a;--s2:#0d7268;--s3:#7440b8;--warn:#8a1c1c}
        @media(prefers-color-scheme:dark){:root{--page:#12161b;--card:#1a2027;--ink:#e7eaee;--muted:#a6b0bb;--line:#353e48;--s0:#77b3f5;--s1:#f0a65c;--s2:#50c8b6;--s3:#bb9eff;--warn:#ff9d94}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
        main,footer{max-width:1168px;margin:0 auto;padding:0 24px}
        header{padding:36px 0 4px}
        h1{font-size:26px;line-height:1.2;margin:0 0 6px;font-weight:650}
        h2{font-size:19px;line-height:1.3;margin:44px 0 4px;font-weight:650}
        h3{font-size:15px;margin:24px 0 4px;font-weight:650}
        p{margin:0 0 12px;max-width:76ch;overflow-wrap:anywhere}
        .muted,.note{color:var(--muted)}
        .note{font-size:14px}
        .lead{font-size:17px;margin-top:14px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:12px;margin:20px 0 0;padding:0}
        .tiles>div{background:var(--card);border-radius:8px;padding:12px 14px}
        .tiles dt{color:var(--muted);font-size:13px}
        .tiles dd{margin:0}
        .tiles .big{font-size:23px;line-height:1.3;font-weight:650}
        .tiles .small{color:var(--muted);font-size:13px}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:16px;margin:14px 0 8px}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:8px 32px;align-items:start}
        .pair>*{min-width:0}
        figure{margin:0;background:var(--card);border-radius:8px;padding:12px 12px 8px;min-width:0}
        figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;margin-bottom:6px}
        figcaption b{font-weight:650}
        figcaption span{color:var(--muted)}
        figure svg{display:block;width:100%;height:auto;max-width:460px}
        svg text{fill:var(--muted);font-size:11.5px}
        svg .grid{stroke:var(--line);stroke-width:1;fill:none}
        svg .mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3;fill:none}
        svg .strong{fill:var(--ink)}
        .f0{fill:var(--s0)}.f1{fill:var(--s1)}.f2{fill:var(--s2)}.f3{fill:var(--s3)}
        .l0,.l1,.l2,.l3{fill:none;stroke-width:2}
        .l0{stroke:var(--s0)}.l1{stroke:var(--s1);stroke-dasharray:7 3}.l2{stroke:var(--s2);stroke-dasharray:2 3}.l3{stroke:var(--s3);stroke-dasharray:9 3 2 3}
        .key{display:inline-block;width:11px;height:11px;margin-right:5px;vertical-align:-1px}
        table{border-collapse:collapse;width:100%;margin:8px 0 4px;font-size:14px}
        caption{text-align:left;color:var(--muted);padding-bottom:4px}
        th,td{text-align:left;vertical-align:top;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        th{font-weight:600;color:var(--muted);font-size:13px;overflow-wrap:normal}
        tbody th{color:var(--ink);font-size:14px;font-weight:400;overflow-wrap:anywhere}
        .n{text-align:right;white-space:nowrap}
        thead .n{white-space:normal}
        th:last-child,td:last-child{padding-right:0}
        .nowrap{white-space:nowrap}
        td b{font-weight:700}
        code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
        details{margin:4px 0 0;color:var(--ink)}
        summary{cursor:pointer;color:var(--muted);font-size:14px;width:fit-content}
        .reasons{list-style:none;margin:12px 0 0;padding:0}
        .reasons li{display:grid;grid-template-columns:minmax(190px,250px) minmax(120px,220px) 1fr;gap:2px 24px;padding:9px 0;border-bottom:1px solid var(--line)}
        .reasons svg{display:block;width:100%;height:8px;margin:4px 0}
        .reasons .track{fill:var(--line)}
        .problems{border-left:4px solid var(--warn);background:var(--card);padding:10px 14px;margin:20px 0 0;border-radius:0 8px 8px 0}
        .problems p:last-child{margin:0}
        footer{color:var(--muted);font-size:13px;padding-top:20px;padding-bottom:36px;margin-top:48px;border-top:1px solid var(--line)}
        @media(max-width:620px){
        main,footer{padding:0 16px}
        footer{padding-top:16px;padding-bottom:28px}
        header{padding-top:24px}
        h1{font-size:23px}
        .wide{display:none}
        .tiles{grid-template-columns:1fr 1fr;gap:10px}
        .tiles .big{font-size:20px}
        .reasons li{grid-template-columns:1fr}
        th,td{padding-right:8px}
        table,tbody th{font-size:13px}
        }
        """;

    /// <summary>What the page may load: itself.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; img-src data:; base-uri 'none'; form-action 'none'";
}
