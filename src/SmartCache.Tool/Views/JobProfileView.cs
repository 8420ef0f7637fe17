namespace SmartCache.Tool.Views;

/// <summary>How far the upload of a profile is.</summary>
internal sealed record JobProfileView(string Profile, bool Completed, int UploadedFiles, int TotalFiles, string? Cid)
{
    public static JobProfileView Of(string name, ProfileUploadState state) => new(name, state.Completed, state.UploadedFiles, state.TotalFiles, state.Cid);
}
