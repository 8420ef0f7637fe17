using SmartCache;

namespace Adoption;

public sealed record Rendition(string Name, int Height, int Kilobits) : EncodingProfile(Name);
