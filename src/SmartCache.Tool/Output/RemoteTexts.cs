using SmartCache.Tool.Views;

namespace SmartCache.Tool.Output;

/// <summary>What the remote tier does, in words.</summary>
internal static class RemoteTexts
{
    public static string Rest(RemoteRestView? rest, string otherwise) => rest is null ? otherwise : $"rest: {rest.Failures} failures, the last {Figures.When(rest.LastFailure)}";

    public static string Owed(int entries, long bytes, double oldestSeconds) =>
        entries == 0 ? "nothing" : $"{Figures.Count(entries)} entries, {Figures.Bytes(bytes)}, the oldest for {Figures.Seconds(oldestSeconds)}";
}
