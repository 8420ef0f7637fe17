using SmartCache.Storage.Platform;
using SmartCache.Torture.WeakDisk;

namespace SmartCache.Torture.Steps;

/// <summary>Entries whose times say too much, or nothing.</summary>
internal sealed partial record Operation
{
    /// <summary>Its file has another time and the same bytes, as after a restore: the next look-up reads them and notes the time.</summary>
    private static async Task WithOtherTimeAsync(StepCase test)
    {
        await WithSourceAsync(test);
        File.SetLastWriteTimeUtc(SourceFile(test), DateTime.UtcNow.AddHours(-1));
    }

    /// <summary>Its file has the same time and other bytes.</summary>
    private static async Task WithRottenSourceAsync(StepCase test)
    {
        await WithSourceAsync(test);
        Rot(test);
    }

    private static async Task WithRottenLeaseAsync(StepCase test)
    {
        await WithLeaseAsync(test);
        Rot(test);
    }

    private static async Task<string> VerifyRotAsync(StepCase test)
    {
        var report = await test.Cache.VerifyAsync();
        test.GiveAnyway(Promise.RottenIsNotServed);
        return report.Quarantined == 1 ? "found" : throw new WrongBytesException("the verification did not find what is rotten");
    }

    /// <summary>Found while somebody has a lease on it, which ends then.</summary>
    private static async Task<string> CondemnRotAsync(StepCase test)
    {
        await test.Cache.VerifyAsync();
        test.GiveAnyway(Promise.RottenIsNotServed);
        await test.Held!.DisposeAsync();
        test.Held = null;
        return "condemned";
    }

    private static void Rot(StepCase test)
    {
        var path = SourceFile(test);
        var time = FileSystem.Current.Stat(path)!.Value.ModifiedNanoseconds;
        using (var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            RandomAccess.Write(handle, "rotten"u8, 1000);
        }

        ExactTime.Set(path, time);
    }

    private static string SourceFile(StepCase test) => Directory.GetFiles(Path.Combine(test.Paths.Cache, "sources"), "source.*", SearchOption.AllDirectories).Single();
}
