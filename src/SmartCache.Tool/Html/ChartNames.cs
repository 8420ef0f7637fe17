namespace SmartCache.Tool.Html;

/// <summary>Gives each chart of a page an id of its own: its title and description are found by it.</summary>
internal sealed class ChartNames
{
    private int _last;

    public string Next() => $"chart{++_last}";
}
