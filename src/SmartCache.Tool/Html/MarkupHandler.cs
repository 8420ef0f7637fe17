using System.Runtime.CompilerServices;

namespace SmartCache.Tool.Html;

/// <summary>Takes an interpolated string apart: what the program wrote, and what it was given.</summary>
[InterpolatedStringHandler]
internal readonly ref struct MarkupHandler(int literalLength, int formattedCount, Markup markup)
{
    // The compiler hands both over; nothing is measured by them.
    public int Length { get; } = literalLength + formattedCount;

    public void AppendLiteral(string constant) => markup.AppendConstant(constant);

    public void AppendFormatted(string? text) => markup.AppendText(text);

    public void AppendFormatted(double number) => markup.AppendNumber(number);

    public void AppendFormatted(Markup part) => markup.Add(part);
}
