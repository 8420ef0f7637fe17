using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace SmartCache.Tests.Architecture;

/// <summary>
/// Which folder of <c>src/SmartCache</c> uses which other one, read from the compiled assembly: all public types share one namespace, so a type's folder is
/// that of its file in the symbols.
/// </summary>
internal sealed class FolderArrows : IDisposable
{
    private const string Root = "/src/SmartCache/";

    // Of the portable PDB format: in which documents a type without code was declared.
    private static readonly Guid _typeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");
    private static readonly Dictionary<int, OperandType> _operands = typeof(OpCodes).GetFields()
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value & 0xFFFF, static code => code.OperandType);

    private readonly PEReader _image;
    private readonly MetadataReaderProvider _symbolFile;
    private readonly MetadataReader _metadata;
    private readonly MetadataReader _symbols;
    private readonly Dictionary<TypeDefinitionHandle, string> _folders = [];

    private FolderArrows(string assembly)
    {
        _image = new PEReader(File.OpenRead(assembly));
        _metadata = _image.GetMetadataReader();
        if (!_image.TryOpenAssociatedPortablePdb(assembly, File.OpenRead, out var symbols, out _) || symbols is null)
        {
            throw new InvalidOperationException($"{assembly} has no symbols beside it.");
        }

        _symbolFile = symbols;
        _symbols = symbols.GetMetadataReader();
        foreach (var type in _metadata.TypeDefinitions)
        {
            if (FileOf(type) is { } file)
            {
                _folders[type] = Path.GetDirectoryName(file)!;
            }
        }
    }

    /// <summary>An arrow from a folder to another, each named as below <c>src/SmartCache</c>, with one example; the root is an empty name.</summary>
    public static IReadOnlyList<(string From, string To, string Example)> Of(string assembly)
    {
        using var arrows = new FolderArrows(assembly);
        return [.. arrows.All().GroupBy(static arrow => (arrow.From, arrow.To)).Select(static group => group.MinBy(static arrow => arrow.Example, StringComparer.Ordinal))];
    }

    public void Dispose()
    {
        _symbolFile.Dispose();
        _image.Dispose();
    }

    private IEnumerable<(string From, string To, string Example)> All() =>
        from type in _metadata.TypeDefinitions
        let outer = Outer(type)
        where _folders.ContainsKey(outer)
        from used in UsedBy(type).Select(Outer).Distinct()
        where _folders.ContainsKey(used) && _folders[used] != _folders[outer]
        select (_folders[outer], _folders[used], NameOf(outer) + " uses " + NameOf(used));

    private TypeDefinitionHandle Outer(TypeDefinitionHandle type)
    {
        while (_metadata.GetTypeDefinition(type).GetDeclaringType() is { IsNil: false } outer)
        {
            type = outer;
        }

        return type;
    }

    private string NameOf(TypeDefinitionHandle type) => _metadata.GetString(_metadata.GetTypeDefinition(type).Name);

    // A generator's part of a type lies elsewhere; only files of the source tree count.
    private string? FileOf(TypeDefinitionHandle type) => DocumentsOf(type)
        .Select(document => _symbols.GetString(_symbols.GetDocument(document).Name).Replace('\\', '/'))
        .Where(static name => name.Contains(Root, StringComparison.Ordinal) && !name.Contains("/obj/", StringComparison.Ordinal))
        .Select(static name => name[(name.IndexOf(Root, StringComparison.Ordinal) + Root.Length)..]).FirstOrDefault();

    private IEnumerable<DocumentHandle> DocumentsOf(TypeDefinitionHandle type)
    {
        foreach (var method in _metadata.GetTypeDefinition(type).GetMethods())
        {
            var symbol = _symbols.GetMethodDebugInformation(method);
            if (!symbol.Document.IsNil)
            {
                yield return symbol.Document;
            }
        }

        foreach (var handle in _symbols.GetCustomDebugInformation(type))
        {
            var information = _symbols.GetCustomDebugInformation(handle);
            if (_symbols.GetGuid(information.Kind) == _typeDefinitionDocuments)
            {
                var blob = _symbols.GetBlobReader(information.Value);
                while (blob.RemainingBytes > 0)
                {
                    yield return MetadataTokens.DocumentHandle(blob.ReadCompressedInteger());
                }
            }
        }

        foreach (var nested in _metadata.GetTypeDefinition(type).GetNestedTypes())
        {
            foreach (var document in DocumentsOf(nested))
            {
                yield return document;
            }
        }
    }

    private HashSet<TypeDefinitionHandle> UsedBy(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var found = new TypeCollector(_metadata);
        found.Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
        {
            found.Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        }

        foreach (var field in type.GetFields())
        {
            _metadata.GetFieldDefinition(field).DecodeSignature(found, null);
        }

        foreach (var methodHandle in type.GetMethods())
        {
            var method = _metadata.GetMethodDefinition(methodHandle);
            method.DecodeSignature(found, null);
            if (method.RelativeVirtualAddress != 0)
            {
                var body = _image.GetMethodBody(method.RelativeVirtualAddress);
                if (!body.LocalSignature.IsNil)
                {
                    _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(found, null);
                }

                AddTokens(body.GetILReader(), found);
                foreach (var region in body.ExceptionRegions)
                {
                    found.Add(region.CatchType);
                }
            }
        }

        return found.Types;
    }

    private static void AddTokens(BlobReader code, TypeCollector found)
    {
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xFE)
            {
                value = (value << 8) | code.ReadByte();
            }

            switch (_operands[value])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    found.Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.ReadByte();
                    break;
                case OperandType.InlineVar:
                    code.ReadInt16();
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.ReadInt64();
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                default:
                    code.ReadInt32();
                    break;
            }
        }
    }

    /// <summary>Collects every type of the assembly that a signature or an instruction names.</summary>
    private sealed class TypeCollector(MetadataReader metadata) : ISignatureTypeProvider<bool, object?>
    {
        public HashSet<TypeDefinitionHandle> Types { get; } = [];

        public void Add(EntityHandle handle)
        {
            if (handle.IsNil)
            {
                return;
            }

            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    Types.Add((TypeDefinitionHandle)handle);
                    break;
                case HandleKind.TypeSpecification:
                    metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.MethodDefinition:
                    Types.Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.FieldDefinition:
                    Types.Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MemberReference:
                    Add(metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
                    break;
                case HandleKind.MethodSpecification:
                    var method = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    method.DecodeSignature(this, null);
                    Add(method.Method);
                    break;
            }
        }

        public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Types.Add(handle);

        public bool GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public bool GetArrayType(bool elementType, ArrayShape shape) => false;

        public bool GetByReferenceType(bool elementType) => false;

        public bool GetFunctionPointerType(MethodSignature<bool> signature) => false;

        public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => false;

        public bool GetGenericMethodParameter(object? genericContext, int index) => false;

        public bool GetGenericTypeParameter(object? genericContext, int index) => false;

        public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => false;

        public bool GetPinnedType(bool elementType) => false;

        public bool GetPointerType(bool elementType) => false;

        public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

        public bool GetSZArrayType(bool elementType) => false;

        public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => false;
    }
}
