namespace SmartCache.Tool.Views;

/// <summary><c>remote push --json</c>.</summary>
internal sealed record RemotePushView(int There, int Sent, long SentBytes, int Withheld, int Owed, IReadOnlyList<string> Faults);
