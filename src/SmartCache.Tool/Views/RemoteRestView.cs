namespace SmartCache.Tool.Views;

/// <summary>A store that is left alone.</summary>
internal sealed record RemoteRestView(int Failures, DateTimeOffset LastFailure)
{
    public static RemoteRestView? Of(RemoteRest? rest) => rest is null ? null : new(rest.Failures, rest.LastFailure);
}
