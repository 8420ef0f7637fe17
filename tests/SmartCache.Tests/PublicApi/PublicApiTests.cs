using System.Reflection;
using System.Runtime.CompilerServices;
using SmartCache.FFMpegCore;
using SmartCache.Layers;
using SmartCache.Stages;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.PublicApi;

public class PublicApiTests
{
    private static readonly Assembly Library = typeof(CacheManager).Assembly;

    [Fact]
    public void Public_types_are_in_the_namespace_SmartCache_but_for_the_extensions_that_register_it() =>
        Library.GetExportedTypes().Where(static type => type.Namespace != "SmartCache").Should().BeEquivalentTo([
            typeof(Microsoft.Extensions.DependencyInjection.SmartCacheBuilderExtensions),
            typeof(Microsoft.Extensions.DependencyInjection.SmartCacheServiceCollectionExtensions),
            typeof(Microsoft.Extensions.Hosting.SmartCacheHostApplicationBuilderExtensions)]);

    [Fact]
    public void Classes_are_sealed_unless_they_are_meant_to_be_derived_from() =>
        Library.GetTypes()
            .Where(static type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            .Where(static type => !type.FullName!.Contains('<') && !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), inherit: false))
            .Should().BeEquivalentTo([typeof(EncodingProfile), typeof(StageException), typeof(LayerAccess)]);

    [Fact]
    public void Implementations_of_contracts_are_internal_but_for_the_decorators_and_the_manager() =>
        Library.GetExportedTypes()
            .Where(static type => type.IsClass && type.GetInterfaces().Any(static contract => contract.Assembly == typeof(CacheManager).Assembly && contract.IsPublic))
            .Should().BeEquivalentTo([typeof(CacheManager), typeof(CachingVideoDownloader), typeof(CachingProfileEncoder), typeof(ResumingIpfsUploader)]);

    [Theory]
    [InlineData(typeof(CacheManager))]
    [InlineData(typeof(HttpVideoDownloader))]
    [InlineData(typeof(FfmpegProfileEncoder))]
    public void Asynchronous_methods_take_a_cancellation_token_last(Type inLibrary) =>
        inLibrary.Assembly.GetExportedTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(static method => method.Name.EndsWith("Async", StringComparison.Ordinal) && method.Name != nameof(IAsyncDisposable.DisposeAsync))
            .Where(static method => method.GetParameters().LastOrDefault() is not { IsOptional: true } last || last.ParameterType != typeof(CancellationToken))
            .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Should().BeEmpty();

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        Directory.EnumerateFiles(Path.Combine(Snapshot.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/") && !path.Contains("/bin/") && File.ReadLines(path).Count() > 400)
            .Should().BeEmpty();
}
