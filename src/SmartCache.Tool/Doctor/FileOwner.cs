namespace SmartCache.Tool.Doctor;

/// <summary>Whose a file is.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Group">The group's id.</param>
/// <param name="Mode">Kind and permissions, as <c>stat</c> has them.</param>
/// <param name="ChangedNanoseconds">The part of its change time that is below a second. Nobody can set that one.</param>
internal readonly record struct FileOwner(uint User, uint Group, int Mode, uint ChangedNanoseconds)
{
    private const int Read = 4;
    private const int Write = 2;
    private const int Enter = 1;
    private const int KindMask = 0xF000;
    private const int DirectoryKind = 0x4000;
    private const int RegularKind = 0x8000;
    private const int LinkKind = 0xA000;
    private const int SetGroup = 0x400;

    public bool IsDirectory => (Mode & KindMask) == DirectoryKind;

    public bool IsPipeOrDevice => (Mode & KindMask) is not (DirectoryKind or RegularKind or LinkKind);

    public int Permissions => Mode & 0x1FF;

    public bool MayGroupWrite => (Permissions & (Write << 3)) != 0;

    public bool MayOthersWrite => (Permissions & Write) != 0;

    public bool HandsGroupOn => (Mode & SetGroup) != 0;

    /// <summary>Whether a user may do with it what a worker does.</summary>
    public bool IsUsableBy(uint user, uint group)
    {
        var wanted = Read | Write | (IsDirectory ? Enter : 0);
        var given = user == User ? Permissions >> 6 : group == Group ? Permissions >> 3 : Permissions;
        return user == 0 || (given & wanted) == wanted;
    }
}
