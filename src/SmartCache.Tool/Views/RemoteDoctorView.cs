namespace SmartCache.Tool.Views;

/// <summary><c>remote doctor --json</c>.</summary>
/// <param name="Store">Engine, host and bucket.</param>
/// <param name="Findings">What was found, before anything was written.</param>
/// <param name="IsWritten">Whether rules were written.</param>
/// <param name="AbortedUploads">Uploads in parts that were aborted.</param>
internal sealed record RemoteDoctorView(string Store, IReadOnlyList<FindingView> Findings, bool IsWritten, int AbortedUploads);
