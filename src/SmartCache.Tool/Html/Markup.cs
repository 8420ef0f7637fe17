using System.Globalization;
using System.Net;
using System.Text;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Html;

/// <summary>
/// HTML in the making. What stands between the braces of an interpolated string is escaped, and loses its control characters, so that no name can become a tag, whoever writes
/// the line.
/// </summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    public void Add([System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] ref MarkupHandler line)
    {
        // The handler has written it by now.
        _ = line;
        _text.Append('\n');
    }

    public void Add(Markup part) => _text.Append(part._text);

    public void AppendConstant(string markup) => _text.Append(markup);

    public void AppendText(string? text) => _text.Append(WebUtility.HtmlEncode(Plain.Of(text ?? "")));

    public void AppendNumber(double number) => _text.Append(Math.Round(number, 1).ToString("0.#", CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
