using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>A file of an entry that is being sent.</summary>
/// <param name="File">What the entry's manifest says of it.</param>
/// <param name="Path">Where it lies; opened for each part where <paramref name="Handle"/> is none.</param>
/// <param name="Facts">What it was when it was looked at.</param>
/// <param name="Handle">The open file, which outlives its name; <see langword="null"/> where there were no handles left.</param>
internal sealed record PackedFile(ManifestFile File, string Path, FileFacts Facts, SafeFileHandle? Handle);
