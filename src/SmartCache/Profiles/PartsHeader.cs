namespace SmartCache.Profiles;

/// <summary>Whose a <c>parts.journal</c> is.</summary>
internal enum PartsHeader
{
    /// <summary>It says nothing yet.</summary>
    None,

    /// <summary>This key's, in this format.</summary>
    Own,

    /// <summary>Another key's, or nobody can tell.</summary>
    Foreign,

    /// <summary>A newer version of the library wrote it.</summary>
    Newer,
}
