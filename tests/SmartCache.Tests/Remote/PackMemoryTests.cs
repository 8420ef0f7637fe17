using System.Text;
using SmartCache.Remote;
using SmartCache.Tests.Reliability;

namespace SmartCache.Tests.Remote;

/// <summary>What a wrong pack takes. Measured of the whole process, so that nothing runs beside it.</summary>
[Collection(AloneAfterwards.Name)]
public class PackMemoryTests
{
    [Fact]
    public async Task Million_files_are_refused_before_they_are_in_memory()
    {
        await using var place = new PackPlace(new MemoryObjectStore());
        var json = new StringBuilder("{\"version\":1,\"content\":{\"files\":[");
        for (var i = 0; i < 1_000_000; i++)
        {
            json.Append(i == 0 ? "" : ",").Append("{\"path\":\"").Append(i).Append("\"}");
        }

        var pack = Packs.Sealed(json.Append("]}}").ToString());
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await FluentActions.Awaiting(() => place.FetchAsync(pack)).Should().ThrowAsync<WrongPackException>();

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(64L << 20);
    }
}
