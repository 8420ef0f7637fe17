using System.Diagnostics.CodeAnalysis;

namespace SmartCache.Tests.Stages.Ffmpeg;

[CollectionDefinition(Name)]
[SuppressMessage("Naming", "CA1711", Justification = "xunit's word for it.")]
public sealed class TinyMediaCollection : ICollectionFixture<TinyMedia>
{
    public const string Name = "ffmpeg";
}
