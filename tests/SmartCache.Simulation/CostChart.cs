using System.Globalization;
using System.Text;

namespace SmartCache.Simulation;

/// <summary>Cost hit ratio against the size of the cache as an SVG, a line for each policy, readable on light and dark pages.</summary>
internal static class CostChart
{
    private const double Left = 56, Right = 640, Top = 48, Bottom = 340, Width = 760, Height = 392;

    // Told apart by people with any kind of colour vision on either ground, and by their dashes without colour.
    private static readonly (string Light, string Dark, string Dashes)[] Styles =
    [
        ("#0b62c4", "#6fb1ff", ""), ("#b45309", "#f5b14c", "6 3"), ("#0f766e", "#4fd1c5", "2 3"),
        ("#9d174d", "#f58ab8", "9 3 2 3"), ("#5b21b6", "#b79cff", "12 4"), ("#4d7c0f", "#a3d65c", "4 2 1 2"),
    ];

    public static string Draw(string title, IReadOnlyList<ReplayResult> results)
    {
        var sizes = results.Select(result => result.Capacity).Distinct().Order().ToList();
        var top = Math.Max(0.05, Math.Ceiling(results.Max(result => result.All.ByCost) * 20) / 20);
        double X(long size) => sizes.Count == 1
            ? (Left + Right) / 2
            : Left + (Right - Left) * Math.Log((double)size / sizes[0]) / Math.Log((double)sizes[^1] / sizes[0]);
        double Y(double ratio) => Bottom - (Bottom - Top) * ratio / top;

        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">");
        Add(svg, $"<title>{Escape(title)}: share of the rebuild seconds avoided, by size of the cache and policy</title>");
        svg.AppendLine(Css());
        Add(svg, $"<text x=\"{Left}\" y=\"22\" font-size=\"14\" font-weight=\"bold\">{Escape(title)}: rebuild seconds avoided</text>");
        for (var step = 0; step <= 5; step++)
        {
            var ratio = top * step / 5;
            Add(svg, $"<path class=\"grid\" d=\"M{Left} {Y(ratio):F1}H{Right}\"/><text x=\"{Left - 8}\" y=\"{Y(ratio) + 4:F1}\" text-anchor=\"end\">{100 * ratio:0.#} %</text>");
        }

        foreach (var size in sizes)
            Add(svg, $"<text x=\"{X(size):F1}\" y=\"{Bottom + 20}\" text-anchor=\"middle\">{SizeText.Format(size)}</text>");
        Add(svg, $"<text x=\"{(Left + Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">size of the cache (logarithmic)</text>");
        Lines(svg, results, X, Y);
        return svg.AppendLine("</svg>").ToString();
    }

    private static void Lines(StringBuilder svg, IReadOnlyList<ReplayResult> results, Func<long, double> x, Func<double, double> y)
    {
        var labels = new List<(double Y, string Name, int Style)>();
        foreach (var (style, policy) in results.GroupBy(result => result.Policy).Index())
        {
            var points = policy.OrderBy(result => result.Capacity).Select(result => (X: x(result.Capacity), Y: y(result.All.ByCost))).ToList();
            Add(svg, $"<path class=\"line p{style % Styles.Length}\" d=\"M{string.Join('L', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:F1} {p.Y:F1}")))}\"/>");
            foreach (var point in points)
                Add(svg, $"<circle class=\"dot p{style % Styles.Length}\" cx=\"{point.X:F1}\" cy=\"{point.Y:F1}\" r=\"2.5\"/>");
            labels.Add((points[^1].Y, policy.Key, style % Styles.Length));
        }

        // Lines that end at about the same height share a corner: their names are pushed apart.
        var lowest = double.MinValue;
        foreach (var (at, name, style) in labels.OrderBy(label => label.Y))
        {
            lowest = Math.Max(at, lowest + 15);
            Add(svg, $"<path class=\"line p{style}\" d=\"M{Right + 8} {lowest:F1}h22\"/><text x=\"{Right + 36}\" y=\"{lowest + 4:F1}\">{Escape(name)}</text>");
        }
    }

    private static string Css()
    {
        var css = new StringBuilder("<style>text{fill:#24292f}.grid{stroke:#d0d7de}.line{fill:none;stroke-width:2}");
        foreach (var (i, style) in Styles.Index())
            css.Append(CultureInfo.InvariantCulture, $".p{i}{{stroke:{style.Light}}}.line.p{i}{{stroke-dasharray:{(style.Dashes.Length > 0 ? style.Dashes : "none")}}}.dot.p{i}{{fill:{style.Light}}}");
        css.Append("@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#3d444d}");
        foreach (var (i, style) in Styles.Index())
            css.Append(CultureInfo.InvariantCulture, $".p{i}{{stroke:{style.Dark}}}.dot.p{i}{{fill:{style.Dark}}}");
        return css.Append("}</style>").ToString();
    }

    private static void Add(StringBuilder svg, FormattableString text) => svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);
}
