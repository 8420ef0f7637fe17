using System.Globalization;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>The share of the work that each policy would have spared, against the size of the cache: a line for each policy, with its name at its end.</summary>
internal sealed class PolicyChart(ReplayView replay, long? limit)
{
    private const double Width = 400, Height = 252, Left = 46, Right = 292, Top = 24, Bottom = 200, LabelHeight = 15;

    private readonly IReadOnlyList<long> _sizes = [.. replay.Runs.Select(static run => run.SizeBytes).Distinct().Order()];
    private readonly double _low = Math.Max(0, Math.Floor((replay.Runs.Min(static run => run.SparedShare) * 20) - 0.001) / 20);
    private readonly double _high = Math.Max(0.05, Math.Min(1, Math.Ceiling((replay.Runs.Max(static run => run.SparedShare) * 20) + 0.001) / 20));

    public void AddTo(Markup page, ChartNames names, string description)
    {
        const string Title = "Work spared by size of the cache and policy";
        var id = names.Next();
        page.Add($"<figure><figcaption><b>{Title}</b><span>share of {Figures.Seconds(replay.WorkSeconds)}</span></figcaption>");
        page.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}t\" aria-describedby=\"{id}d\"><title id=\"{id}t\">{Title}</title><desc id=\"{id}d\">{description}</desc>");
        for (var tick = 0; tick <= 2; tick++)
        {
            var share = _low + ((_high - _low) * tick / 2);
            page.Add($"<path class=\"grid\" d=\"M{Left} {Y(share)}H{Right}\"/><text x=\"{Left - 6.0}\" y=\"{Y(share) + 4}\" text-anchor=\"end\">{string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %")}</text>");
        }

        AddSizes(page);
        AddLines(page);
        page.Add($"<text x=\"{(Left + Right) / 2}\" y=\"{Height - 9.0}\" text-anchor=\"middle\">size of the cache, logarithmic</text></svg></figure>");
    }

    private void AddSizes(Markup page)
    {
        var free = double.MinValue;
        foreach (var size in _sizes)
        {
            if (size == limit)
            {
                page.Add($"<path class=\"mark\" d=\"M{X(size)} {Top}V{Bottom}\"/><text class=\"strong\" x=\"{X(size)}\" y=\"{Top - 8.0}\" text-anchor=\"middle\">MaxSize</text>");
            }

            // The last one may be close to the one before it.
            var text = Short(size);
            var half = text.Length * 3.4;
            if (X(size) - half > free)
            {
                page.Add($"<text x=\"{X(size)}\" y=\"{Bottom + 21.0}\" text-anchor=\"middle\">{text}</text>");
                free = X(size) + half + 3;
            }
        }
    }

    private void AddLines(Markup page)
    {
        var labels = new List<(double Y, string Text, int Colour)>();
        foreach (var (colour, policy) in replay.Runs.GroupBy(static run => run.Policy).Index())
        {
            var points = policy.OrderBy(static run => run.SizeBytes).ToList();
            var path = string.Join('L', points.Select(run => string.Create(CultureInfo.InvariantCulture, $"{X(run.SizeBytes):0.#} {Y(run.SparedShare):0.#}")));
            page.Add($"<path class=\"l{colour % 4}\" d=\"M{path}\"/>");
            foreach (var run in points)
            {
                page.Add($"<circle class=\"f{colour % 4}\" cx=\"{X(run.SizeBytes)}\" cy=\"{Y(run.SparedShare)}\" r=\"3\"/>");
            }

            labels.Add((Y(points[^1].SparedShare), $"{policy.Key} {Figures.Percent(points[^1].SparedShare)}", colour % 4));
        }

        foreach (var (y, (_, text, colour)) in Spread([.. labels.OrderBy(static label => label.Y)]))
        {
            page.Add($"<path class=\"l{colour}\" d=\"M{Right + 6.0} {y}h10\"/><text class=\"strong\" x=\"{Right + 19.0}\" y=\"{y + 4}\">{text}</text>");
        }
    }

    // Lines that end at about the same height share a corner: their names are pushed apart, and not out of the chart.
    private static IEnumerable<(double Y, (double Y, string Text, int Colour) Label)> Spread(IReadOnlyList<(double Y, string Text, int Colour)> labels)
    {
        var at = double.MinValue;
        foreach (var (i, label) in labels.Index())
        {
            at = Math.Max(at + LabelHeight, Math.Min(label.Y, Bottom - ((labels.Count - 1 - i) * LabelHeight)));
            yield return (at, label);
        }
    }

    private double X(long size) => _sizes.Count == 1 ? (Left + Right) / 2 : Left + 14 + ((Right - Left - 20) * Math.Log((double)size / _sizes[0]) / Math.Log((double)_sizes[^1] / _sizes[0]));

    private double Y(double share) => Bottom - ((Bottom - Top) * (share - _low) / (_high - _low));

    private static string Short(long bytes)
    {
        var text = Figures.Bytes(bytes);
        return text.Length > 6 && text.Contains('.', StringComparison.Ordinal) ? string.Concat(text.AsSpan(0, text.IndexOf('.', StringComparison.Ordinal)), text.AsSpan(text.IndexOf(' ', StringComparison.Ordinal))) : text;
    }
}
