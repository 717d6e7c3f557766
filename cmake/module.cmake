# Compile settings of the project's own code, and one static library a folder.

add_library(recto_settings INTERFACE)
target_include_directories(recto_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(recto_settings INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE
                           RECTO_VERSION="${PROJECT_VERSION}")
target_compile_options(recto_settings INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings -Wcast-qual -Wformat=2 -Wpointer-arith
  -Wdouble-promotion -ffp-contract=off>)
if(RECTO_WERROR)
  target_compile_options(recto_settings INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()
if(RECTO_SANITIZE)
  target_compile_options(recto_settings INTERFACE $<$<COMPILE_LANGUAGE:C>:-fsanitize=${RECTO_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=undefined>)
  target_link_options(recto_settings INTERFACE -fsanitize=${RECTO_SANITIZE})
endif()
if(RECTO_FUZZ)
  target_compile_options(recto_settings INTERFACE $<$<COMPILE_LANGUAGE:C>:-fsanitize=fuzzer-no-link>)
endif()

# recto_module(NAME LINK libs...): a static library of all .c (and .S) files in this folder.
function(recto_module name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/*.S)
  if(NOT sources)
    add_library(recto_${name} INTERFACE)
    target_link_libraries(recto_${name} INTERFACE recto_settings ${ARG_LINK})
    return()
  endif()
  add_library(recto_${name} STATIC ${sources})
  target_link_libraries(recto_${name} PUBLIC recto_settings ${ARG_LINK})
endfunction()
