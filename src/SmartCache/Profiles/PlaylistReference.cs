namespace SmartCache.Profiles;

/// <summary>What a URI in a playlist's tag stands for, and so whether its file must be here.</summary>
internal enum PlaylistReference
{
    /// <summary>Media: its file must be here.</summary>
    Media,

    /// <summary>A playlist of something beside the pictures (sound, subtitles, previews): it and all that it names must be here. How long it is does not count.</summary>
    Rendition,

    /// <summary>A key: it may live elsewhere, and is taken along where it is here.</summary>
    Key,

    /// <summary>No media of this video: it may live elsewhere, and is taken along where it is here.</summary>
    Other,
}
