namespace SmartCache.Torture.Workload;

/// <summary>What the stub uploader fails with, now and then.</summary>
internal sealed class UploadFailedException() : Exception("The upload broke off.");
