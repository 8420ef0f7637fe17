using Microsoft.Extensions.DependencyInjection;
using SmartCache.Stages;

namespace SmartCache.Tests.Stages.Kubo;

public sealed class KuboOptionsTests
{
    [Fact]
    public void Every_setting_that_is_not_valid_is_named_at_once()
    {
        KuboOptions options = new() { CidVersion = 2, Chunker = "size-x", Hash = "md5", Concurrency = 0, StallTimeout = TimeSpan.Zero };

        options.Invoking(o => new KuboUploader(o)).Should().Throw<ArgumentException>()
            .Which.Message.Should().ContainAll("CidVersion", "Chunker", "Hash", "Concurrency", "StallTimeout").And.NotContain("Rounds");
    }

    [Fact]
    public void Registered_uploader_is_also_the_presence()
    {
        using var provider = new ServiceCollection().AddSmartCache().UseKubo(new Uri("http://127.0.0.1:5001")).Services.BuildServiceProvider();

        provider.GetRequiredService<IUploadPresence>().Should().BeSameAs(provider.GetRequiredService<KuboUploader>());
    }

    [Fact]
    public void Uploader_that_the_worker_has_registered_stays()
    {
        var own = new Own();
        var services = new ServiceCollection();
        services.AddSingleton<IIpfsUploader>(own).AddSmartCache().UseKubo();

        services.Where(static service => service.ServiceType == typeof(IIpfsUploader) && service.IsKeyedService).Should().ContainSingle()
            .Which.KeyedImplementationInstance.Should().BeSameAs(own, "it is what the cache is in front of");
    }

    [Fact]
    public void Id_of_an_endpoint_has_no_credentials()
    {
        KuboEndpoint endpoint = new(new Uri("https://carol:s3cret@node.example:5001/kubo/?token=s3cret")) { Authorization = "Bearer s3cret" };

        endpoint.Id.Should().Be("node.example:5001/kubo");
        endpoint.ToString().Should().Be("node.example:5001/kubo");
    }

    private sealed class Own : IIpfsUploader
    {
        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
